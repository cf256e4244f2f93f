"""The contract for SparseAutoencoder, and what only it does."""

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

import kerasgen
from tests.model_contract import ModelContract


class TestSparseAutoencoderContract(ModelContract):
    model_class = kerasgen.SparseAutoencoder
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {
        "latent_dim": 5,
        "network": "dcgan",
        "network_options": {"filters": 4},
        "loss": "squared_error",
        "sparsity_target": 0.2,
        "sparsity_weight": 3.0,
    }
    # By default there are as many latents as pixels.
    own_network_arguments = {"latent_dim": 5}
    # So large that replicas must agree on its gradient.
    replica_arguments = {"sparsity_weight": 3.0}
    metric_names = {"loss", "reconstruction_loss", "sparsity_loss"}
    draws_noise = False


def new_model(**options):
    return kerasgen.SparseAutoencoder(
        (8, 8, 1),
        20,
        network_options={"hidden_units": ()},
        seed=0,
        **options,
    )


def test_loss_by_hand(digits):
    model = new_model(sparsity_target=0.1, sparsity_weight=2.0)
    model.compile()
    latents = model.encode(digits)
    assert latents.min() > 0
    assert latents.max() < 1
    rates = latents.mean(axis=0, dtype=np.float64)
    expected = scipy.stats.entropy([[0.1], [0.9]], [rates, 1 - rates]).sum()
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["sparsity_loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(
        found["loss"], found["reconstruction_loss"] + 2 * expected, rtol=1e-5
    )
    plain = kerasgen.Autoencoder.reconstruction_loss(
        model,
        model.next_batch(digits),
        model.encoder(digits),
        training=False,
    )
    np.testing.assert_allclose(found["reconstruction_loss"], plain, rtol=1e-5)


def test_units_become_as_active_as_they_should(digits):
    model = new_model(sparsity_target=0.2, sparsity_weight=1000.0)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(np.tile(digits, (300, 1, 1, 1)), batch_size=64, verbose=0)
    rates = model.encode(digits).mean(axis=0)
    np.testing.assert_allclose(rates, 0.2, rtol=0, atol=0.01)


def test_latents_are_drawn_where_latents_are(digits):
    model = new_model(sparsity_weight=10.0)
    # Standing still at the end, as the density lags behind.
    rate = keras.optimizers.schedules.CosineDecay(0.01, 400)
    model.compile(keras.optimizers.Adam(rate))
    model.fit(np.tile(digits, (200, 1, 1, 1)), verbose=0)
    seeds = np.stack([np.zeros(2000), np.arange(2000)], axis=1).astype("int32")
    drawn = tf.function(model.latents_from_seeds)(seeds).numpy()
    assert drawn.min() > 0
    assert drawn.max() < 1
    latents = model.encode(digits)
    logits, expected = (np.log(z / (1 - z)) for z in (drawn, latents))
    deviation = expected.std(axis=0)
    shift = np.abs(logits.mean(axis=0) - expected.mean(axis=0))
    assert (shift < 0.15 * deviation).all()
    np.testing.assert_allclose(logits.std(axis=0), deviation, rtol=0.15)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sparsity_target": 1.5}, "from 0 to 1.*sparsity_target=1.5"),
        ({"sparsity_weight": -1.0}, "at least 0.*sparsity_weight=-1"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        new_model(**options)


def test_encoder_that_ends_in_sigmoid_is_refused():
    inputs = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(inputs)
    latents = keras.layers.Dense(2, activation="sigmoid")(flat)
    with pytest.raises(ValueError, match="the model applies it"):
        kerasgen.SparseAutoencoder(
            (8, 8, 1), 2, encoder=keras.Model(inputs, latents)
        )
