"""PixelCNN and ImageGPT: the contract, and exact likelihoods."""

import itertools

import keras
import numpy as np
import pytest

import kerasgen
from tests.contract.any_kind import AnyKindContract
from tests.contract.config import ConfigContract

SMALL = {"width": 16, "num_blocks": 1, "attention_heads": 2}
GRID = {"filters": 8, "num_layers": 2}


class PixelContract(AnyKindContract):
    metric_names = {"loss", "bits_per_dimension"}
    test_defaults_are_the_paper_s = ConfigContract.test_defaults_are_the_paper_s
    test_numbers_may_be_numpys = ConfigContract.test_numbers_may_be_numpys


class TestPixelCNNContract(PixelContract):
    model_class = kerasgen.PixelCNN
    arguments = {"network_options": GRID}
    config_arguments = {
        "levels": 4,
        "num_classes": 3,
        "ema_momentum": 0.9,
        "network_options": {**GRID, "dropout": 0.1},
    }


class TestImageGPTContract(PixelContract):
    model_class = kerasgen.ImageGPT
    arguments = {"network_options": SMALL}
    config_arguments = {
        "levels": 3,
        "patch_size": 1,
        "num_classes": 3,
        "ema_momentum": 0.9,
        "network_options": {**SMALL, "dropout": 0.1},
    }


def models_of(shape, levels, **options):
    yield kerasgen.PixelCNN(
        shape, levels=levels, network_options=GRID, seed=0, **options
    )
    yield kerasgen.ImageGPT(
        shape, levels=levels, patch_size=1, network_options=SMALL, seed=0
    )


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("levels", [2, 3])
def test_probabilities_of_all_images_add_up_to_one(which, levels):
    model = list(models_of((2, 2, 1), levels))[which]
    # At first all pixels are near to even.
    for weights in model.trainable_weights:
        noise = np.random.default_rng(0).normal(size=weights.shape)
        weights.assign(weights + noise / 3)
    numbers = itertools.product(range(levels), repeat=4)
    images = np.array(list(numbers), "float32").reshape(-1, 2, 2, 1)
    nats = model.log_likelihood(images / (levels - 1), seed=0)
    np.testing.assert_allclose(np.exp(nats).sum(), 1.0, atol=1e-5)
    assert nats.std() > 0.1


def test_patches_are_squares_and_come_back():
    model = kerasgen.ImageGPT((4, 6, 1), levels=3, network_options=SMALL)
    levels = np.random.default_rng(0).integers(3, size=(2, 4, 6), dtype="int32")
    tokens = model._tokens(levels).numpy()
    assert tokens.shape == (2, 2, 3)
    (a, b), (c, d) = levels[1, 2:, 2:4]
    assert tokens[1, 1, 1] == a + 3 * b + 9 * c + 27 * d
    np.testing.assert_array_equal(model._levels(tokens), levels)


@pytest.mark.parametrize("which", [0, 1])
def test_draws_follow_the_likelihood(which):
    model = list(models_of((1, 2, 1), 2))[which]
    for weights in model.trainable_weights:
        noise = np.random.default_rng(1).normal(size=weights.shape)
        weights.assign(weights + noise / 2)
    images = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    shares = np.exp(model.log_likelihood(images.reshape(-1, 1, 2, 1), seed=0))
    drawn = model.generate(4000, seed=0).reshape(-1, 2)
    found = np.bincount((drawn @ [2, 1]).astype(int), minlength=4) / 4000
    deviation = np.sqrt(shares * (1 - shares) / 4000)
    assert (np.abs(found - shares) < 4 * deviation + 1e-3).all()


def test_learns_a_column():
    images = np.zeros((256, 4, 4, 1), "float32")
    images[:128, :, 1] = 1.0
    images[128:, :, 2] = 1.0
    model = kerasgen.ImageGPT((4, 4, 1), network_options=SMALL, seed=0)
    model.compile("adam")
    model.fit(images, epochs=60, verbose=0)
    drawn = model.generate(20, seed=0)
    columns = drawn[..., 0].mean(axis=1)
    is_right = (columns == [0, 1, 0, 0]) | (columns == [0, 0, 1, 0])
    assert is_right.all(axis=1).mean() > 0.8
    nats = -model.log_likelihood(images[::64], seed=0)
    np.testing.assert_allclose(nats, np.log(2), atol=0.4)


@pytest.mark.parametrize(
    ("model", "arguments", "words"),
    [
        ("PixelCNN", {"data_shape": (8, 8, 3)}, r"\(height, width, 1\)"),
        ("PixelCNN", {"data_shape": (8,)}, r"\(height, width, 1\)"),
        ("PixelCNN", {"data_shape": (8, 8, 1), "levels": 1}, "at least 2"),
        ("ImageGPT", {"data_shape": (7, 8, 1)}, "must divide"),
        ("ImageGPT", {"data_shape": (8, 8, 1), "levels": 16}, "at most 4096"),
    ],
)
def test_wrong_arguments_are_refused(model, arguments, words):
    with pytest.raises(ValueError, match=words):
        getattr(kerasgen, model)(**arguments)


def test_evaluation_takes_the_likelihood(digits):
    model = kerasgen.ImageGPT((8, 8, 1), network_options=SMALL, seed=0)
    evaluation = kerasgen.tasks.evaluate(
        model,
        digits[:32],
        digits[32:],
        labels=None,
        features=keras.Sequential(
            [keras.Input((8, 8, 1)), keras.layers.Flatten()]
        ),
        measures=["log_likelihood"],
        num_samples=30,
        num_seeds=1,
    )
    found = evaluation["measures"]["log_likelihood"]["values"]
    expected = model.log_likelihood(digits[32:], seed=0).mean()
    np.testing.assert_allclose(found, expected, rtol=0.1)
