"""Networks of flows: every size, what they start as, what they depend on."""

import keras
import numpy as np
import pytest

from kerasgen import networks
from kerasgen.networks import patches

SHAPES = [
    (8, 8, 1),
    (9, 11, 2),
    (28, 28, 1),
    (33, 48, 3),
    (64, 64, 4),
    (128, 40, 3),
]
SMALL = {
    "unet": {"filters": [4, 8], "embedding_units": 8},
    "dit": {
        "width": 8,
        "num_blocks": 1,
        "attention_heads": 2,
        "embedding_units": 8,
    },
    "mlp": {"hidden_units": [8], "embedding_units": 8},
}


def new(network, shape, **shapes):
    return networks.build(
        network,
        "backbone",
        options=SMALL[network],
        data_shape=shape,
        **{"num_classes": None, "num_times": 1, **shapes},
    )


@pytest.mark.parametrize("network", ["unet", "dit"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_size(network, shape):
    model = new(network, shape)
    assert model.output_shape == (None, *shape)
    outputs = model([np.ones((2, *shape), "float32"), np.ones((2, 1))])
    assert outputs.dtype == "float32"
    # So that training starts from the mean of what is predicted.
    np.testing.assert_array_equal(outputs, 0)


@pytest.mark.parametrize("network", ["unet", "dit"])
@pytest.mark.parametrize("shape", [(7, 8, 1), (28, 129, 1), (8,)])
def test_other_sizes_are_refused(network, shape):
    with pytest.raises(
        ValueError, match=rf"of a {network} network.*from 8 to 128.*mlp"
    ):
        new(network, shape)


@pytest.mark.parametrize("network", list(networks.BACKBONES))
def test_times_and_classes_count(network):
    model = new(network, (8, 8, 1), num_classes=3, num_times=2)
    generator = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign(generator.normal(0, 0.3, weight.shape))
    x = np.repeat(generator.normal(size=(1, 8, 8, 1)), 4, axis=0)
    times = np.float32([[0.2, 0.1], [0.2, 0.1], [0.9, 0.1], [0.2, 0.8]])
    labels = np.int32([0, 3, 0, 0])
    outputs = np.array(model([x.astype("float32"), times, labels]))
    for row in range(1, 4):
        assert np.abs(outputs[row] - outputs[0]).max() > 1e-3


@pytest.mark.parametrize("network", list(networks.BACKBONES))
def test_options(network):
    names = networks.option_names(network, "backbone")
    assert set(SMALL[network]) <= set(names)
    assert not {"data_shape", "num_classes", "num_times"} & set(names)


@pytest.mark.parametrize("shape", [(8, 8, 1), (7, 10, 3)], ids=str)
def test_patches_come_back(shape):
    inputs = keras.Input(shape)
    outputs = patches.from_patches(patches.to_patches(inputs, 4), 4, shape)
    x = np.random.default_rng(0).random((2, *shape), "float32")
    model = keras.Model(inputs, outputs)
    np.testing.assert_array_equal(model(x), x)


def test_patches_are_squares_of_pixels():
    x = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    inputs = keras.Input((4, 4, 1))
    found = keras.Model(inputs, patches.to_patches(inputs, 2))(x)
    np.testing.assert_array_equal(found[0, 0, 1], [2, 3, 6, 7])


@pytest.mark.parametrize(
    ("side", "expected"), [(8, 1), (16, 1), (17, 2), (64, 4), (128, 8)]
)
def test_default_side(side, expected):
    assert patches.default_side((side, 8, 1), 16) == expected
