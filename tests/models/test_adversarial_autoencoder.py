"""The contract for AdversarialAutoencoder, and what only it does."""

import keras
import numpy as np
import pytest

import kerasgen
from tests.model_contract import ModelContract


class TestAdversarialAutoencoderContract(ModelContract):
    model_class = kerasgen.AdversarialAutoencoder
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {
        "latent_dim": 3,
        "network": "dcgan",
        "network_options": {"filters": 4},
        "loss": "squared_error",
        "adversarial_loss": "minimax",
    }
    metric_names = {"reconstruction_loss", "d_loss", "g_loss"}


def new_model(**options):
    """All networks are single dense layers."""
    return kerasgen.AdversarialAutoencoder(
        (8, 8, 1), 2, network_options={"hidden_units": ()}, seed=0, **options
    )


def rates(autoencoder=0.0, discriminator=0.0, encoder=0.0):
    sgd = keras.optimizers.SGD
    return {
        "autoencoder_optimizer": sgd(autoencoder),
        "discriminator_optimizer": sgd(discriminator),
        "encoder_optimizer": sgd(encoder),
    }


def softplus(x):
    return np.logaddexp(0, x)


def test_losses_by_hand(digits):
    model = new_model()
    model.compile()
    noise = model.next_batch(digits, training=False).normal((2,)).numpy()
    kernel, bias = (np.array(w) for w in model.discriminator.weights)
    real, fake = (z @ kernel + bias for z in (noise, model.encode(digits)))
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    d_loss = np.mean(softplus(-real) + softplus(fake))
    np.testing.assert_allclose(found["d_loss"], d_loss, rtol=1e-5)
    g_loss = np.mean(softplus(-fake))
    np.testing.assert_allclose(found["g_loss"], g_loss, rtol=1e-5)
    images = model.reconstruct(digits).astype(np.float64)
    errors = -digits * np.log(images) - (1 - digits) * np.log1p(-images)
    np.testing.assert_allclose(
        found["reconstruction_loss"], errors.sum(axis=(1, 2, 3)).mean(), 1e-5
    )


@pytest.mark.parametrize(
    ("phase", "moved"),
    [
        ("autoencoder", {"encoder", "decoder"}),
        ("discriminator", {"discriminator"}),
        ("encoder", {"encoder"}),
    ],
)
def test_each_optimizer_moves_its_own_networks_only(digits, phase, moved):
    model = new_model()
    model.compile(**rates(**{phase: 0.1}))
    parts = ("encoder", "decoder", "discriminator")
    before = {name: getattr(model, name).get_weights() for name in parts}
    model.fit(digits, verbose=0)
    for name in parts:
        after = getattr(model, name).get_weights()
        for old, new in zip(before[name], after):
            assert np.array_equal(old, new) is (name not in moved)


def test_each_phase_goes_down_its_own_loss(digits):
    for phase, falls, rises in (
        ("autoencoder", "reconstruction_loss", None),
        ("discriminator", "d_loss", "g_loss"),
        ("encoder", "g_loss", "d_loss"),
    ):
        model = new_model()
        model.compile(**rates(**{phase: 0.02}))
        before = model.evaluate(digits, verbose=0, return_dict=True)
        model.fit(digits, epochs=5, verbose=0)
        after = model.evaluate(digits, verbose=0, return_dict=True)
        assert after[falls] < before[falls]
        assert rises is None or after[rises] > before[rises]


def test_latents_become_like_the_prior():
    # Rows in a plane, in which a map to the prior is known to be.
    rows = np.random.default_rng(0).normal(size=(512, 2))
    rows = (rows @ [[1, 2, 0, 1], [0, 1, 1, -1]] + 3).astype("float32")
    model = kerasgen.AdversarialAutoencoder(
        (4,), 2, network_options={"hidden_units": (32,)}, seed=0
    )
    model.compile(
        keras.optimizers.Adam(1e-2),
        keras.optimizers.Adam(4e-3, beta_1=0.5),
        keras.optimizers.Adam(2e-3, beta_1=0.5),
    )
    model.fit(np.tile(rows, (120, 1)), batch_size=64, verbose=0)
    latents = model.encode(rows)
    np.testing.assert_allclose(latents.mean(axis=0), 0, atol=0.15)
    np.testing.assert_allclose(np.cov(latents.T), np.eye(2), atol=0.2)
    # So that what the prior draws is like the data.
    drawn = model.generate(1000, seed=0)
    np.testing.assert_allclose(drawn.mean(axis=0), rows.mean(axis=0), atol=0.4)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(rows.T), atol=0.6)


@pytest.mark.parametrize("name", ["minimax", "least_squares", "relativistic"])
def test_other_losses_train(digits, name):
    model = new_model(adversarial_loss=name)
    model.compile()
    history = model.fit(digits, verbose=0).history
    assert np.isfinite(list(history.values())).all()


@pytest.mark.parametrize("name", ["wasserstein", "l2"])
def test_losses_that_do_not_fit_are_refused(name):
    words = f"'non_saturating'.*adversarial_loss='{name}'"
    with pytest.raises(ValueError, match=words):
        new_model(adversarial_loss=name)


def test_discriminator_is_dense_whatever_the_network():
    model = kerasgen.AdversarialAutoencoder(
        (8, 8, 1), 3, network="dcgan", network_options={"filters": 4}
    )
    assert model.discriminator.input_shape == (None, 3)
    kinds = [type(layer) for layer in model.discriminator.layers]
    assert keras.layers.Dropout not in kinds
    model = new_model()
    assert len(model.discriminator.trainable_variables) == 2
