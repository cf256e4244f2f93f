"""Images without their noise."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import data
from kerasgen import tasks


@pytest.fixture(scope="module")
def digits():
    return data.load_arrays("digits")[0], data.load_arrays("digits", "test")[0]


def trained(name, images, epochs, **options):
    keras.utils.set_random_seed(0)
    model = getattr(kerasgen, name)((8, 8, 1), network="mlp", seed=0, **options)
    model.compile()
    model.fit(images, batch_size=32, epochs=epochs, verbose=0)
    return model


def error(first, second):
    return np.square(first - second).mean()


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("DenoisingAutoencoder", None),
        ("VAE", "reconstruction"),
        ("VAE", "search"),
    ],
)
def test_noise_is_taken_away(name, method, digits):
    model = trained(name, digits[0], 40, latent_dim=12)
    clean = digits[1][:50]
    noise = np.random.default_rng(0).normal(scale=0.5, size=clean.shape)
    noisy = np.clip(clean + noise, 0, 1).astype("float32")
    found = tasks.denoise(model, noisy, method, num_steps=100, seed=0)
    assert found.shape == clean.shape
    assert error(found, clean) < 0.8 * error(noisy, clean)


def test_a_gan_finds_what_it_has_drawn(digits):
    model = trained("GAN", digits[0], 5, latent_dim=4)
    drawn = model.generate(4, seed=1)
    found = tasks.denoise(model, drawn, num_steps=200, seed=0)
    assert error(found, drawn) < 0.1 * error(drawn[::-1], drawn)


def test_bad_arguments(digits):
    model = kerasgen.GAN((8, 8, 1))
    with pytest.raises(ValueError, match="method"):
        tasks.denoise(model, digits[0][:2], "blur")
    with pytest.raises(NotImplementedError, match="encoder"):
        tasks.denoise(model, digits[0][:2], "reconstruction")
    with pytest.raises(ValueError, match="shape"):
        tasks.denoise(model, digits[0][:2, :4])
