"""Convolutions of layers compute what Keras's do, and so do all gradients."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import layers
from kerasgen.layers import convolution_kernels

# (height, width), side of the kernel, stride, channels, filters, policy
GEOMETRIES = [
    ((8, 8), 5, 2, 1, 3, "float32"),
    ((7, 10), 5, 2, 3, 2, "float32"),
    ((9, 7), 4, 3, 2, 3, "float32"),
    ((8, 6), 2, 2, 1, 2, "float32"),
    ((8, 8), 3, 1, 2, 3, "float32"),
    ((7, 8), 3, 2, 5, 3, "float32"),
    ((7, 10), 5, 2, 6, 3, "mixed_bfloat16"),
    ((9, 8), 4, 3, 5, 4, "mixed_bfloat16"),
]


def drawn(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def derivatives(layer, images, is_batch_known):
    """Outputs, a gradient, and gradients of the gradient's norm."""
    batch = len(images) if is_batch_known else None
    signature = [tf.TensorSpec((batch, *images.shape[1:]))]

    @tf.function(input_signature=signature)
    def compute(images):
        weights = [variable.value for variable in layer.trainable_variables]
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as inner:
                inner.watch(images)
                outputs = tf.cast(layer(images), tf.float32)
                loss = tf.reduce_sum(tf.sin(outputs))
            first = inner.gradient(loss, [images, *weights])
            norm = sum(tf.reduce_sum(tf.square(each)) for each in first)
        second = outer.gradient(norm, [images, *weights])
        return [outputs, *first, *second]

    return [value.numpy() for value in compute(tf.constant(images))]


def pairs(kind, geometry):
    """Keras's layer and ours with the same weights."""
    _, side, stride, channels, filters, policy = geometry
    arguments = {
        "filters": filters if kind == "Conv2D" else channels,
        "kernel_size": side,
        "strides": stride,
        "padding": "same",
        "activation": "tanh",
        "bias_initializer": "normal",
        "dtype": policy,
    }
    keras.utils.set_random_seed(0)
    usual = getattr(keras.layers, kind)(**arguments)
    ours = getattr(layers, f"Fast{kind}")(**arguments)
    return usual, ours


@pytest.mark.parametrize("kind", ["Conv2D", "Conv2DTranspose"])
@pytest.mark.parametrize(
    ("geometry", "is_batch_known"),
    list(zip(GEOMETRIES, itertools.cycle([True, False]))),
)
def test_as_keras(kind, geometry, is_batch_known):
    sides, _, stride, channels, filters, policy = geometry
    usual, ours = pairs(kind, geometry)
    if kind == "Conv2DTranspose":
        sides = [-(-side // stride) for side in sides]
        channels = filters
    images = drawn((4, *sides, channels))
    usual.build(images.shape)
    ours.build(images.shape)
    ours.set_weights(usual.get_weights())
    expected = derivatives(usual, images, is_batch_known)
    found = derivatives(ours, images, is_batch_known)
    assert len(expected) == 7
    # Sums are rounded in another order, to 8 bits in bfloat16.
    tolerance = 1e-5 if policy == "float32" else 3e-2
    for a, b in zip(expected, found):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * abs(a).max())


def test_fast_kernels_are_used(monkeypatch):
    called = []
    for name in ("_by_phases", "_by_transposition"):
        original = getattr(convolution_kernels, name)
        monkeypatch.setattr(
            convolution_kernels,
            name,
            lambda *a, name=name, original=original: (
                called.append(name) or original(*a)
            ),
        )
    for geometry in (GEOMETRIES[0], GEOMETRIES[6]):
        (height, width), *_, channels, _, _ = geometry
        _, ours = pairs("Conv2D", geometry)
        images = drawn((2, height, width, channels))
        ours.build(images.shape)
        called.clear()
        derivatives(ours, images, is_batch_known=True)
        expected = "_by_phases" if channels == 1 else "_by_transposition"
        assert set(called) == {expected}


@pytest.mark.parametrize(
    "changes",
    [
        {"padding": "valid"},
        {"strides": (1, 2)},
        {"data_format": "channels_first", "strides": 1, "kernel_size": 1},
        {"dilation_rate": 2, "strides": 1},
        {"groups": 2},
    ],
)
def test_other_convolutions_are_left_to_keras(changes, monkeypatch):
    monkeypatch.setattr(convolution_kernels, "convolution", None)
    arguments = {"filters": 2, "kernel_size": 3, "padding": "same", **changes}
    layer = layers.FastConv2D(**arguments)
    images = drawn((2, 6, 6, 2))
    if "data_format" in changes:
        # TensorFlow has no such kernel on a CPU; its shape is known.
        assert layer(keras.Input((2, 6, 6))).shape == (None, 2, 6, 6)
        return
    layer.build(images.shape)
    usual = keras.layers.Conv2D(**arguments)
    usual.build(images.shape)
    usual.set_weights(layer.get_weights())
    np.testing.assert_array_equal(layer(images), usual(images))


def network(fast):
    convolution, transposed = layers.convolution_layers(fast)
    inputs = keras.Input((8, 8, 3))
    x = convolution(4, 3, strides=2, padding="same")(inputs)
    # A layer of Keras's own among them, as some networks have.
    x = keras.layers.Conv2D(4, 1)(x)
    x = convolution(5, 3, padding="same")(x)
    x = transposed(2, 3, strides=2, padding="same")(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize("fast", [True, False])
def test_files_of_weights_fit_networks_of_keras_layers(fast, tmp_path):
    written, read = network(fast), network(not fast)
    assert type(written.layers[1]) is not type(read.layers[1])
    written.save_weights(tmp_path / "it.weights.h5")
    read.load_weights(tmp_path / "it.weights.h5")
    images = drawn((2, 8, 8, 3))
    np.testing.assert_allclose(written(images), read(images), atol=1e-6)


def test_a_saved_network_keeps_its_layers(tmp_path):
    ours = network(fast=True)
    ours.save(tmp_path / "ours.keras")
    loaded = keras.saving.load_model(tmp_path / "ours.keras")
    assert type(loaded.layers[1]) is layers.FastConv2D
    images = drawn((2, 8, 8, 3))
    np.testing.assert_array_equal(loaded(images), ours(images))


@pytest.mark.parametrize("kind", ["Conv2D", "Conv2DTranspose"])
def test_layers_of_older_files_load(kind):
    """Which had the names of Keras's, and stood in a module of that name."""
    layer = getattr(layers, f"Fast{kind}")(3, 5, strides=2, padding="same")
    config = keras.saving.serialize_keras_object(layer)
    assert config["registered_name"] == f"kerasgen>Fast{kind}"
    config |= {
        "module": "kerasgen.layers.convolution",
        "class_name": kind,
        "registered_name": f"kerasgen>{kind}",
    }
    loaded = keras.saving.deserialize_keras_object(config)
    assert type(loaded) is type(layer)
    assert loaded.get_config() == layer.get_config()
