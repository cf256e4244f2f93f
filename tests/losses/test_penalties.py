"""Against gradients known in closed form, and finite differences."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen import losses


def network(images):
    """A smooth function whose gradient differs from image to image."""
    flat = tf.reshape(images, (-1, 6))
    kernel = tf.reshape(tf.linspace(-1.0, 1.5, 18), (6, 3))
    return tf.reduce_sum(tf.sin(flat @ kernel), axis=1, keepdims=True)


def images(seed):
    generator = np.random.default_rng(seed)
    return generator.uniform(size=(4, 3, 2, 1)).astype("float32")


def squared_norm_by_differences(points, step=1e-5):
    """Central differences in float64."""
    kernel = np.linspace(-1.0, 1.5, 18).reshape(6, 3)

    def logit(flat):
        return np.sin(flat @ kernel).sum()

    found = []
    for point in points.reshape(4, 6).astype(np.float64):
        gradient = [
            (logit(point + step * e) - logit(point - step * e)) / (2 * step)
            for e in np.eye(6)
        ]
        found.append(np.square(gradient).sum())
    return np.array(found)


def test_squared_gradient_norm_is_that_of_differences():
    found = losses.squared_gradient_norm(network, tf.constant(images(0)))
    expected = squared_norm_by_differences(images(0))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("sides", [1, 2])
def test_gradient_penalty_is_that_of_differences(sides):
    where = np.array([0.0, 0.3, 0.8, 1.0], np.float32).reshape(4, 1, 1, 1)
    between = where * images(0) + (1 - where) * images(1)
    norm = np.sqrt(squared_norm_by_differences(between))
    # Norms on both sides of 1, so that the sides differ.
    scale = 1 / np.median(norm)
    excess = scale * norm - 1
    assert excess.min() < 0 < excess.max()
    expected = np.maximum(excess, 0) ** 2 if sides == 1 else excess**2
    found = losses.gradient_penalty(
        lambda x: scale * network(x),
        tf.constant(images(0)),
        tf.constant(images(1)),
        tf.constant(where),
        sides,
    )
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_penalties_train():
    """Their gradient by the weights, against the closed form."""
    weights = tf.Variable([[3.0], [4.0]])
    rows = tf.zeros((2, 2))
    with tf.GradientTape(persistent=True) as tape:
        squared = tf.reduce_mean(
            losses.squared_gradient_norm(lambda x: x @ weights, rows)
        )
        penalty = tf.reduce_mean(
            losses.gradient_penalty(lambda x: x @ weights, rows, rows, 0.5)
        )
    # d |w|^2 = 2 w; d (|w| - 1)^2 = 2 (|w| - 1) w / |w|.
    np.testing.assert_allclose(
        tape.gradient(squared, weights), [[6.0], [8.0]], rtol=1e-6
    )
    np.testing.assert_allclose(
        tape.gradient(penalty, weights), [[4.8], [6.4]], rtol=1e-6
    )


def test_a_flat_discriminator_has_a_finite_gradient():
    weight = tf.Variable(0.0)
    rows = tf.ones((2, 3))
    with tf.GradientTape() as tape:
        penalty = losses.gradient_penalty(
            lambda x: weight * tf.reduce_sum(x, axis=1), rows, rows, 0.5
        )
    np.testing.assert_allclose(penalty, 1.0, atol=1e-5)
    assert np.isfinite(tape.gradient(penalty, weight))
