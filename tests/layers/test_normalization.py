"""Batch normalization computes what Keras's does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen.layers import normalization


def trained(layer, images):
    """Outputs, gradients of two orders and moving statistics after a step."""
    layer.build(images.shape)
    layer.gamma.assign(np.linspace(0.5, 1.5, images.shape[-1]))

    @tf.function
    def step(images):
        weights = [variable.value for variable in layer.trainable_variables]
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as inner:
                inner.watch(images)
                outputs = tf.cast(layer(images, training=True), tf.float32)
                loss = tf.reduce_sum(tf.sin(outputs))
            first = inner.gradient(loss, [images, *weights])
            # As a penalty on gradients has it.
            norm = tf.reduce_sum(tf.square(tf.cast(first[0], tf.float32)))
        second = outer.gradient(norm, [images, weights[0]])
        return [outputs, *first, *second]

    step(tf.constant(images))
    values = [value.numpy() for value in step(tf.constant(images))]
    moments = [layer.moving_mean, layer.moving_variance]
    return [*values, *moments, layer(images, training=False)]


def without_start(layer):
    """Keras's averages after two steps, less a mean of 0, a variance of 1."""
    left = layer.momentum**2
    for average, start in (
        (layer.moving_mean, 0.0),
        (layer.moving_variance, 1.0),
    ):
        average.assign((average - left * start) / (1.0 - left))
    return layer.moving_mean, layer.moving_variance


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "mixed_bfloat16", "bfloat16", "float16"]
)
@pytest.mark.parametrize("rows", [1, 6])
def test_as_keras(dtype, rows):
    generator = np.random.default_rng(0)
    images = generator.normal(2.0, 3.0, (rows, 2, 3, 4)).astype("float32")
    arguments = {"synchronized": True, "dtype": dtype, "momentum": 0.9}
    layer = keras.layers.BatchNormalization(**arguments)
    usual = trained(layer, images)
    usual[-3:] = [
        *map(np.array, without_start(layer)),
        layer(images, training=False),
    ]
    ours = trained(normalization.BatchNormalization(**arguments), images)
    assert len(usual) == 9
    tolerance = {"float32": 1e-4, "float64": 1e-6}.get(dtype, 5e-2)
    for a, b in zip(usual, ours):
        a, b = np.asarray(a, "float32"), np.asarray(b, "float32")
        assert np.all(np.isfinite(a))
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * abs(a).max())


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_one_pixel(dtype):
    images = np.full((1, 1, 1, 2), 3.0, "float32")
    layer = normalization.BatchNormalization(momentum=0.0, dtype=dtype)
    np.testing.assert_array_equal(layer(images, training=True), 0 * images)
    np.testing.assert_array_equal(layer.moving_variance, [0.0, 0.0])
    np.testing.assert_array_equal(layer.moving_mean, [3.0, 3.0])


@pytest.mark.parametrize(
    "arguments", [{"scale": False}, {"center": False}, {"renorm": True}]
)
def test_other_ways_are_left_to_keras(arguments):
    images = np.random.default_rng(0).normal(size=(4, 2, 2, 3))
    usual = keras.layers.BatchNormalization(**arguments)
    ours = normalization.BatchNormalization(**arguments)
    np.testing.assert_array_equal(
        usual(images, training=True), ours(images, training=True)
    )


def test_integers_are_normalized_as_by_keras():
    images = np.random.default_rng(0).integers(0, 256, (4, 2, 2, 3))
    np.testing.assert_array_equal(
        keras.layers.BatchNormalization()(images, training=True),
        normalization.BatchNormalization()(images, training=True),
    )


def test_averages_of_steps():
    """Equal weights at first, then `1 - momentum` for the newest batch."""
    batches = np.random.default_rng(0).normal(size=(5, 4, 2, 2, 3))
    batches = batches.astype("float32")
    layer = normalization.BatchNormalization(momentum=0.75)
    expected = np.zeros(3), np.ones(3)
    for number, images in enumerate(batches, start=1):
        layer(images, training=True)
        share = [1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 4][number - 1]
        moments = images.mean((0, 1, 2)), images.var((0, 1, 2))
        expected = [e + share * (m - e) for e, m in zip(expected, moments)]
        for average, value in zip(
            (layer.moving_mean, layer.moving_variance), expected
        ):
            np.testing.assert_allclose(average, value, rtol=1e-5, atol=1e-6)


def test_scopes_of_evaluation():
    images = np.random.default_rng(0).normal(3.0, 2.0, (4, 2, 2, 3))
    images = images.astype("float32")
    inputs = keras.Input((2, 2, 3))
    layer = normalization.BatchNormalization()
    network = keras.Model(inputs, keras.layers.Dropout(0.9)(layer(inputs)))
    expected = layer(images, training=True)
    learned = [v.numpy() for v in layer.non_trainable_variables]
    assert not np.allclose(layer(images + 1), expected, atol=0.1)
    with normalization.batch_moments(network):
        outputs = network(images + 1, training=False)
    np.testing.assert_allclose(outputs, expected, atol=1e-4)
    for variable, value in zip(layer.non_trainable_variables, learned):
        np.testing.assert_array_equal(variable, value)
    with normalization.updating_moments([layer]):
        outputs = network(images + 1, training=False)
    np.testing.assert_allclose(outputs, expected, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean, learned[0] + 0.5, rtol=1e-4)


def test_files_from_before_updates_were_counted(tmp_path):
    images = np.random.default_rng(0).normal(size=(4, 2, 2, 3))
    inputs = keras.Input((2, 2, 3))
    usual = keras.Model(inputs, keras.layers.BatchNormalization()(inputs))
    usual(images, training=True)
    usual.save_weights(tmp_path / "before.weights.h5")
    layer = normalization.BatchNormalization(
        momentum=0.75, name=usual.layers[-1].name
    )
    network = keras.Model(inputs, layer(inputs))
    network.load_weights(tmp_path / "before.weights.h5")
    np.testing.assert_allclose(network(images), usual(images), rtol=1e-6)
    # It goes on from averages, and does not begin anew.
    before = layer.moving_mean.numpy()
    layer(images + 1, training=True)
    expected = before + 0.25 * (images.mean((0, 1, 2)) + 1 - before)
    np.testing.assert_allclose(layer.moving_mean, expected, rtol=1e-4)


def test_frozen_it_does_not_learn():
    images = np.random.default_rng(0).normal(size=(4, 2, 2, 3))
    layer = normalization.BatchNormalization()
    layer.trainable = False
    layer(images, training=True)
    np.testing.assert_array_equal(layer.moving_mean, np.zeros(3))


def test_replicas_share_moments(strategy):
    generator = np.random.default_rng(0)
    images = generator.normal(2.0, 3.0, (6, 2, 3, 4)).astype("float32")
    with strategy.scope():
        layer = normalization.BatchNormalization(synchronized=True)
        layer.build(images.shape)
    parts = strategy.experimental_distribute_values_from_function(
        lambda context: (
            images[:2] if context.replica_id_in_sync_group == 0 else images[2:]
        )
    )

    @tf.function
    def step(part):
        with tf.GradientTape() as tape:
            tape.watch(part)
            outputs = layer(part, training=True)
            loss = tf.reduce_sum(tf.sin(outputs))
        return outputs, tape.gradient(loss, part)

    found = strategy.run(step, (parts,))
    whole = normalization.BatchNormalization(synchronized=True)
    whole.build(images.shape)
    with tf.GradientTape() as tape:
        inputs = tf.constant(images)
        tape.watch(inputs)
        outputs = whole(inputs, training=True)
        loss = tf.reduce_sum(tf.sin(outputs))
    for ours, expected in zip(found, (outputs, tape.gradient(loss, inputs))):
        both = tf.concat(strategy.experimental_local_results(ours), axis=0)
        np.testing.assert_allclose(both, expected, rtol=1e-4, atol=1e-5)
    for name in ("moving_mean", "moving_variance"):
        np.testing.assert_allclose(
            getattr(layer, name), getattr(whole, name), rtol=1e-5
        )
