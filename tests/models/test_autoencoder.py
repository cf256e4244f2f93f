"""The contract for Autoencoder, and what only it does."""

import keras
import numpy as np
import pytest

import kerasgen
from tests.model_contract import ModelContract


class TestAutoencoderContract(ModelContract):
    model_class = kerasgen.Autoencoder
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {
        "latent_dim": 3,
        "network": "dcgan",
        "network_options": {"filters": 4},
        "loss": "squared_error",
    }
    metric_names = {"loss", "reconstruction_loss"}
    draws_noise = False


def linear_autoencoder(model_class=kerasgen.Autoencoder, **options):
    """An autoencoder whose networks are single dense layers."""
    inputs, latents = keras.Input((8, 8, 1)), keras.Input((3,))
    flat = keras.layers.Flatten()(inputs)
    encoder = keras.Model(inputs, keras.layers.Dense(3)(flat))
    outputs = keras.layers.Dense(64)(latents)
    decoder = keras.Model(latents, keras.layers.Reshape((8, 8, 1))(outputs))
    return model_class(
        (8, 8, 1), 3, encoder=encoder, decoder=decoder, seed=0, **options
    )


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error"])
def test_loss_and_images_by_hand(digits, loss):
    model = linear_autoencoder(loss=loss)
    model.compile()
    kernel, bias = (np.array(w) for w in model.encoder.weights)
    latents = digits.reshape(64, 64) @ kernel + bias
    kernel, bias = (np.array(w) for w in model.decoder.weights)
    outputs = (latents @ kernel + bias).reshape(digits.shape)
    if loss == "squared_error":
        errors, images = (digits - outputs) ** 2, np.clip(outputs, 0, 1)
    else:
        images = 1 / (1 + np.exp(-outputs))
        errors = -digits * np.log(images) - (1 - digits) * np.log1p(-images)
    expected = errors.sum(axis=(1, 2, 3)).mean()
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-5)
    assert found["reconstruction_loss"] == found["loss"]
    np.testing.assert_allclose(model.encode(digits), latents, atol=1e-5)
    for restored in (model.reconstruct(digits), model(digits)):
        np.testing.assert_allclose(restored, images, atol=1e-5)


def test_linear_autoencoder_finds_the_principal_components():
    random = np.random.default_rng(0)
    rows = random.normal(size=(256, 6)) * [3, 2, 1, 0.5, 0.4, 0.3]
    rows = (rows @ np.linalg.qr(random.normal(size=(6, 6)))[0] + 1).astype("f")
    model = kerasgen.Autoencoder(
        (6,), 2, network_options={"hidden_units": ()}, seed=0
    )
    assert model.get_config()["loss"] == "squared_error"
    rate = keras.optimizers.schedules.CosineDecay(0.05, 1200)
    model.compile(keras.optimizers.Adam(rate))
    model.fit(np.tile(rows, (300, 1)), batch_size=64, verbose=0)
    variances = np.linalg.eigvalsh(np.cov(rows.T, ddof=0))[::-1]
    found = model.evaluate(rows, verbose=0, return_dict=True)["loss"]
    np.testing.assert_allclose(found, variances[2:].sum(), rtol=2e-3)
    # What it draws lies in the data's plane, and varies there as they do.
    drawn = model.generate(5000, seed=0)
    np.testing.assert_allclose(drawn.mean(axis=0), rows.mean(axis=0), atol=0.15)
    found = np.linalg.eigvalsh(np.cov(drawn.T))[::-1]
    np.testing.assert_allclose(found[:2], variances[:2], rtol=0.1)
    assert found[2] < 0.01


def test_density_is_that_of_clean_codes_as_encode_gives_them(digits):
    inputs = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(inputs)
    dropped = keras.layers.Dropout(0.9)(flat)
    encoder = keras.Model(inputs, keras.layers.Dense(3)(dropped))
    model = kerasgen.Autoencoder((8, 8, 1), 3, encoder=encoder, seed=0)
    model.compile(keras.optimizers.SGD(0.0))
    model.fit(digits, batch_size=64, verbose=0)
    latents = model.encode(digits)
    density = model.code_density
    np.testing.assert_allclose(density.mean, latents.mean(axis=0), atol=1e-5)
    expected = np.cov(latents.T, ddof=0)
    np.testing.assert_allclose(density.covariance, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"loss": "mse"}, "'squared_error'.*loss='mse'"),
        ({"data_shape": (4,), "loss": "binary_cross_entropy"}, "rows of num"),
        ({"latent_dim": 0}, "latent_dim=0"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        kerasgen.Autoencoder(**{"data_shape": (8, 8, 1), **options})


def test_decoder_that_ends_in_sigmoid():
    latents = keras.Input((2,))
    pixels = keras.layers.Dense(64, activation="sigmoid")(latents)
    decoder = keras.Model(latents, keras.layers.Reshape((8, 8, 1))(pixels))
    kerasgen.Autoencoder((8, 8, 1), 2, decoder=decoder, loss="squared_error")
    with pytest.raises(ValueError, match="logits"):
        kerasgen.Autoencoder((8, 8, 1), 2, decoder=decoder)
