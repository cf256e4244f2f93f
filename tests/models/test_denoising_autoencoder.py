"""The contract for DenoisingAutoencoder, and what only it does."""

import keras
import numpy as np
import pytest

import kerasgen
from tests.model_contract import ModelContract


class TestDenoisingAutoencoderContract(ModelContract):
    model_class = kerasgen.DenoisingAutoencoder
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {
        "latent_dim": 3,
        "network": "dcgan",
        "network_options": {"filters": 4},
        "loss": "squared_error",
        "corruption": "salt_and_pepper",
        "corruption_level": 0.4,
    }
    metric_names = {"loss", "reconstruction_loss"}


def corrupted(digits, number=200, **options):
    """The same 64 digits, corrupted in many steps."""
    model = kerasgen.DenoisingAutoencoder(
        (8, 8, 1), network_options={"hidden_units": (4,)}, seed=0, **options
    )
    return np.stack(
        [
            model._corrupted(model.next_batch(digits)).numpy()
            for _ in range(number)
        ]
    )


def test_gaussian_corruption(digits):
    noise = corrupted(digits, corruption="gaussian", corruption_level=0.3)
    noise = noise - digits
    error = 0.3 / np.sqrt(noise.size)
    assert abs(noise.mean()) < 5 * error
    assert abs(noise.std() - 0.3) < 5 * error / np.sqrt(2)
    # Values are corrupted each for itself, anew in each step.
    for a, b in (
        (noise[:, :, :-1], noise[:, :, 1:]),
        (noise[:-1], noise[1:]),
        (noise[:, :-1], noise[:, 1:]),
    ):
        correlation = np.corrcoef(a.ravel(), b.ravel())[0, 1]
        assert abs(correlation) < 5 / np.sqrt(a.size)


@pytest.mark.parametrize("corruption", ["masking", "salt_and_pepper"])
def test_replacing_corruptions(digits, corruption):
    # Without a 0 or 1, what is replaced can be told from what is not.
    images = 0.25 + 0.5 * digits
    found = corrupted(images, corruption=corruption, corruption_level=0.4)
    is_kept = found == images
    error = np.sqrt(0.24 / found.size)
    assert abs(is_kept.mean() - 0.6) < 5 * error
    pixel_error = np.sqrt(0.24 / (200 * 64))
    assert np.abs(is_kept.mean(axis=(0, 1)) - 0.6).max() < 5 * pixel_error
    replaced = found[~is_kept]
    if corruption == "masking":
        assert (replaced == 0).all()
    else:
        assert set(np.unique(replaced)) == {0.0, 1.0}
        assert abs(replaced.mean() - 0.5) < 2.5 / np.sqrt(replaced.size)
    for a, b in (
        (is_kept[:, :, :-1], is_kept[:, :, 1:]),
        (is_kept[:-1], is_kept[1:]),
    ):
        both = np.mean(a & b)
        assert abs(both - 0.36) < 5 * np.sqrt(0.36 * 0.64 / a.size) * 2


def test_loss_is_that_of_clean_images_from_corrupted_ones(digits):
    model = kerasgen.DenoisingAutoencoder((8, 8, 1), loss="squared_error")
    model.compile()
    batch = model.next_batch(digits, training=False)
    seen = model._corrupted(batch).numpy()
    assert (seen != digits).mean() > 0.1
    restored = model.decoder(model.encoder(seen)).numpy()
    expected = np.square(restored - digits).sum(axis=(1, 2, 3)).mean()
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-5)


def test_linear_denoising_shrinks_as_ridge_regression_does():
    """With normal noise, the best linear map is known."""
    rows = np.random.default_rng(0).normal(size=(512, 3)) * [2, 1, 0.5]
    model = kerasgen.DenoisingAutoencoder(
        (3,),
        3,
        network_options={"hidden_units": ()},
        corruption="gaussian",
        corruption_level=1.0,
        seed=0,
    )
    rows = rows.astype("float32")
    rate = keras.optimizers.schedules.CosineDecay(0.02, 2000)
    model.compile(keras.optimizers.Adam(rate))
    model.fit(np.tile(rows, (500, 1)), batch_size=128, verbose=0)
    found = model.reconstruct(np.eye(3, dtype="float32"))
    found = found - model.reconstruct(np.zeros((1, 3), "float32"))
    covariance = np.cov(rows.T, ddof=0)
    expected = np.linalg.inv(covariance + np.eye(3)) @ covariance
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.04)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"corruption": "blur"}, "'masking'.*corruption='blur'"),
        ({"corruption_level": 1.5}, "from 0 to 1.*corruption_level=1.5"),
        (
            {"corruption": "gaussian", "corruption_level": -1},
            "at least 0.*corruption_level=-1",
        ),
        (
            {"data_shape": (4,), "corruption": "salt_and_pepper"},
            "rows of numbers.*salt",
        ),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        kerasgen.DenoisingAutoencoder(**{"data_shape": (8, 8, 1), **options})
