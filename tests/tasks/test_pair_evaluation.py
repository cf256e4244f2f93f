"""Translations against their partners, by numbers that are known."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen.tasks import evaluate_pairs

MEASURES = (
    "peak_signal_to_noise_ratio",
    "structural_similarity",
    "absolute_error",
)


def translator(source_shape, target_shape, translate):
    """A Pix2Pix whose generator is a function."""
    images = keras.Input(source_shape)
    generator = keras.Model(images, translate(images))
    return kerasgen.Pix2Pix(source_shape, target_shape, generator=generator)


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(0.2, 0.8, (40, 16, 16, 3))


def test_measures_by_hand(images):
    # Translations are 0.01 brighter than their partners, sources 0.1 darker.
    model = translator(
        (16, 16, 3), (16, 16, 3), lambda x: keras.layers.Rescaling(1, 0.11)(x)
    )
    found = evaluate_pairs(model, images - 0.1, images)
    means = {name: each["mean"] for name, each in found["measures"].items()}
    assert list(means) == [*MEASURES, *(f"{m}_of_source" for m in MEASURES)]
    assert means["peak_signal_to_noise_ratio"] == pytest.approx(40, abs=1e-2)
    assert means["absolute_error"] == pytest.approx(0.01, rel=1e-3)
    ratio = means["peak_signal_to_noise_ratio_of_source"]
    assert ratio == pytest.approx(20, abs=1e-2)
    assert means["absolute_error_of_source"] == pytest.approx(0.1, rel=1e-3)
    assert 0.9 < means["structural_similarity_of_source"] < 0.999
    assert 0.999 < means["structural_similarity"] < 1
    assert found["num_test"] == 40


def test_equal_images_have_a_number(images):
    shape = images.shape[1:]
    model = translator(shape, shape, lambda x: keras.layers.Rescaling(1.0)(x))
    found = evaluate_pairs(model, images, images)["measures"]
    assert found["peak_signal_to_noise_ratio"]["mean"] == 100
    assert found["structural_similarity"]["mean"] == pytest.approx(1)


def test_grey_images_stand_for_ones_in_colour(images):
    grey = images.mean(axis=-1, keepdims=True)
    model = translator(
        (16, 16, 1), (16, 16, 3), lambda x: keras.layers.Concatenate()([x] * 3)
    )
    found = evaluate_pairs(model, grey, images)["measures"]
    expected = np.abs(images - grey).mean()
    for name in ("absolute_error", "absolute_error_of_source"):
        assert found[name]["mean"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("shape", [(16, 16, 1), (32, 32, 3)])
def test_others_do_not(images, shape):
    model = kerasgen.Pix2Pix(
        (16, 16, 3), shape, network_options={"filters": 2}, seed=0
    )
    target = np.zeros((40, *shape), "float32")
    found = evaluate_pairs(model, images, target)["measures"]
    assert tuple(found) == MEASURES


def test_errors(images):
    shape = images.shape[1:]
    model = kerasgen.Pix2Pix(shape, shape, network_options={"filters": 2})
    with pytest.raises(ValueError, match="hold pairs. Received: 40 and 39"):
        evaluate_pairs(model, images, images[1:])
    with pytest.raises(ValueError, match="`target`"):
        evaluate_pairs(model, images, images[:, 1:])
    vae = kerasgen.VAE(shape, 2, network="mlp")
    with pytest.raises(ValueError, match="between two domains.*VAE"):
        evaluate_pairs(vae, images, images)
