import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import losses


def network():
    """Two layers, not linear, on images."""
    return keras.Sequential(
        [
            keras.Input((3, 2, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(5, activation="tanh"),
            keras.layers.Dense(4, activation="sigmoid"),
        ]
    )


def norms_by_differences(function, images, step=1e-3):
    norms = np.zeros(len(images))
    for pixel in np.ndindex(images.shape[1:]):
        nudge = np.zeros(images.shape[1:], np.float32)
        nudge[pixel] = step
        slopes = (function(images + nudge) - function(images - nudge)) / step
        norms += np.square(slopes / 2).sum(axis=1)
    return norms


def images():
    return np.random.default_rng(0).random((6, 3, 2, 1), "float32")


def test_norm_by_differences():
    function = network()
    np.testing.assert_allclose(
        losses.squared_jacobian_norm(function, tf.constant(images())),
        norms_by_differences(function, images()),
        rtol=2e-3,
    )


def test_norm_by_tensorflow():
    function, inputs = network(), tf.constant(images())
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    jacobians = tape.batch_jacobian(outputs, inputs)
    expected = tf.reduce_sum(tf.square(jacobians), axis=(1, 2, 3, 4))
    np.testing.assert_allclose(
        losses.squared_jacobian_norm(function, inputs), expected, rtol=1e-5
    )


def test_projected_norm_is_right_on_average():
    function = network()
    number = 20_000
    inputs = tf.repeat(tf.constant(images()[:1]), number, axis=0)
    directions = np.random.default_rng(1).normal(size=(number, 4))
    drawn = losses.projected_jacobian_norm(
        function, inputs, tf.constant(directions, tf.float32)
    )
    exact = losses.squared_jacobian_norm(function, inputs[:1])[0]
    error = np.std(drawn) / np.sqrt(number)
    assert abs(np.mean(drawn) - exact) < 4 * error
    assert error < 0.02 * exact


@pytest.mark.parametrize("projected", [False, True])
def test_gradients_reach_the_weights(projected):
    function, inputs = network(), tf.constant(images())
    kernel = function.layers[1].kernel

    def norm():
        if projected:
            return losses.projected_jacobian_norm(
                function, inputs, tf.ones((6, 4))
            )
        return losses.squared_jacobian_norm(function, inputs)

    with tf.GradientTape() as tape:
        value = tf.reduce_mean(norm())
    gradient = tape.gradient(value, kernel.value).numpy()
    before = kernel.numpy()
    direction = np.random.default_rng(0).normal(size=before.shape)
    values = []
    for step in (1e-2, -1e-2):
        kernel.assign(before + step * direction)
        values.append(float(tf.reduce_mean(norm())))
    slope = (values[0] - values[1]) / 2e-2
    np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=2e-3)
