"""What only VAE does."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import losses


def linear_vae(**options):
    """A VAE whose networks are single dense layers."""
    inputs, latents = keras.Input((8, 8, 1)), keras.Input((2,))
    flat = keras.layers.Flatten()(inputs)
    encoder = keras.Model(inputs, keras.layers.Dense(4)(flat))
    logits = keras.layers.Dense(64)(latents)
    decoder = keras.Model(latents, keras.layers.Reshape((8, 8, 1))(logits))
    return kerasgen.VAE(
        (8, 8, 1), 2, encoder=encoder, decoder=decoder, seed=0, **options
    )


def posterior_and_noise(model, images):
    """What a first evaluation step on all images works with."""
    mean, log_variance = (np.array(a) for a in model.posterior(images))
    batch = model.next_batch(images, training=False)
    if model.binarization == "dynamic":
        batch.uniform(model.data_shape)
    return mean, log_variance, batch.normal((2,)).numpy()


def test_elbo_by_hand(digits):
    model = linear_vae()
    model.compile()
    mean, log_variance, epsilon = posterior_and_noise(model, digits)
    latents = mean + np.exp(0.5 * log_variance) * epsilon
    kernel, bias = (np.array(w) for w in model.decoder.weights)
    logits = (latents @ kernel + bias).reshape(digits.shape)
    probability = 1 / (1 + np.exp(-logits))
    terms = digits * np.log(probability) + (1 - digits) * np.log1p(-probability)
    reconstruction_loss = -terms.sum(axis=(1, 2, 3)).mean()
    kl = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    kl_loss = kl.sum(axis=1).mean()
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    np.testing.assert_allclose(
        found["reconstruction_loss"], reconstruction_loss, rtol=1e-5
    )
    np.testing.assert_allclose(found["kl_loss"], kl_loss, rtol=1e-5)
    np.testing.assert_allclose(
        found["elbo"], -reconstruction_loss - kl_loss, rtol=1e-5
    )
    np.testing.assert_allclose(found["loss"], -found["elbo"], rtol=1e-6)


def test_beta_weighs_the_loss_and_not_the_elbo(digits):
    found = []
    for beta in (1.0, 4.0):
        keras.utils.set_random_seed(0)
        model = linear_vae(beta=beta)
        model.compile()
        found.append(model.evaluate(digits, verbose=0, return_dict=True))
    assert found[0]["elbo"] == found[1]["elbo"]
    expected = found[0]["reconstruction_loss"] + 4 * found[0]["kl_loss"]
    np.testing.assert_allclose(found[1]["loss"], expected, rtol=1e-6)


def test_kl_weight_grows_in_the_steps_named(digits):
    model = linear_vae(beta=2.0, kl_annealing_steps=4)
    model.compile()
    history = model.fit(digits, batch_size=64, epochs=6, verbose=0).history
    excess = np.subtract(history["loss"], history["reconstruction_loss"])
    weights = excess / history["kl_loss"]
    expected = [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]
    np.testing.assert_allclose(weights, expected, rtol=1e-3)


def test_own_regularizers_count(digits):
    inputs = keras.Input((8, 8, 1))
    penalty = keras.regularizers.L2(10.0)
    flat = keras.layers.Flatten()(inputs)
    outputs = keras.layers.Dense(4, kernel_regularizer=penalty)(flat)
    encoder = keras.Model(inputs, outputs)
    model = kerasgen.VAE((8, 8, 1), 2, encoder=encoder, seed=0)
    model.compile(keras.optimizers.SGD(0.01))
    before = np.abs(encoder.get_weights()[0]).sum()
    model.fit(digits, epochs=3, verbose=0)
    assert np.abs(encoder.get_weights()[0]).sum() < 0.6 * before


@pytest.mark.parametrize("likelihood", ["gaussian", "discretized_logistic"])
def test_scale_is_learned(digits, likelihood):
    model = linear_vae(likelihood=likelihood)
    model.compile(keras.optimizers.Adam(0.05))
    first = model.evaluate(digits, verbose=0, return_dict=True)
    model.fit(digits, epochs=60, verbose=0)
    last = model.evaluate(digits, verbose=0, return_dict=True)
    assert last["elbo"] > first["elbo"] + 10
    # Near the deviation of a pixel, within what a logistic's scale is of it.
    error = (model.reconstruct(digits) - digits).std()
    assert 0.3 * error < np.exp(float(model.log_scale)) < 1.5 * error
    again = losses.gaussian_log_likelihood(digits, digits, model.log_scale)
    assert np.isfinite(again).all()


def test_dynamic_binarization_draws_pixels(digits):
    model = linear_vae(binarization="dynamic")
    drawn = [
        model.binarized_data(model.next_batch(digits)).numpy()
        for _ in range(400)
    ]
    assert set(np.unique(drawn)) == {0.0, 1.0}
    # Five standard errors, where the grey value is furthest from sure.
    mean = np.mean(drawn, axis=0)
    assert np.abs(mean - digits).max() < 5 * np.sqrt(0.25 / 400)
    assert (mean[digits == 0] == 0).all()
    assert (mean[digits == 1] == 1).all()


def test_threshold_binarization(digits):
    model = linear_vae(binarization="threshold")
    images = model.binarized_data(model.next_batch(digits)).numpy()
    np.testing.assert_array_equal(images, digits >= 0.5)


def test_rows_of_numbers():
    rows = np.random.default_rng(0).normal(5, 3, (64, 4)).astype("float32")
    model = kerasgen.VAE((4,), 2, seed=0)
    assert model.likelihood == "gaussian"
    model.compile(keras.optimizers.Adam(1e-2))
    history = model.fit(rows, epochs=40, verbose=0).history["elbo"]
    assert history[-1] > history[0]
    assert model.generate(10, seed=0).shape == (10, 4)
    # About the mean of the data, far outside [0, 1].
    assert 3 < model.generate(500, seed=0).mean() < 7


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"likelihood": "poisson"}, "'bernoulli', 'gaussian'.*'poisson'"),
        ({"binarization": "maybe"}, "'dynamic'.*'maybe'"),
        ({"beta": -1.0}, "at least 0.*beta=-1"),
        ({"latent_dim": 0}, "latent_dim=0"),
        ({"data_shape": (8, 8)}, r"data_shape=\(8, 8\)"),
        (
            {"likelihood": "gaussian", "binarization": "dynamic"},
            "binarization='dynamic'",
        ),
        ({"data_shape": (4,), "likelihood": "bernoulli"}, "rows of numbers"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        kerasgen.VAE(**{"data_shape": (8, 8, 1), **options})


def test_decoder_that_ends_in_sigmoid_is_refused():
    latents = keras.Input((2,))
    pixels = keras.layers.Dense(64, activation="sigmoid")(latents)
    reshaped = keras.layers.Reshape((8, 8, 1))(pixels)
    with pytest.raises(ValueError, match="logits"):
        kerasgen.VAE((8, 8, 1), 2, decoder=keras.Model(latents, reshaped))
