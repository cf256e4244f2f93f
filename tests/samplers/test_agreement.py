"""Guidance to known data, where the data are Gaussian."""

import numpy as np
import tensorflow as tf

from kerasgen import samplers
from tests.samplers import gaussians
from tests.samplers.each_path import of_each_path

IS_KNOWN = tf.constant([[True, False, False]])


@of_each_path
def test_known_places_are_known_at_once(path):
    """Of standard normal data the formula is exact."""
    denoise = gaussians.denoiser_of_a_gaussian(path, 0.0, 1.0)
    x = tf.constant([[0.3, -1.2, 0.5], [2.0, 0.1, -0.4]])
    known = tf.constant([[0.7, 9.0, 9.0], [-0.2, 9.0, 9.0]])
    t = tf.constant(path.times(10)[5], tf.float32)
    data, noise = samplers.agreeing(denoise, path, known, IS_KNOWN)(x, t)
    plain, _ = denoise(x, t)
    np.testing.assert_allclose(data[:, 0], known[:, 0], atol=1e-5)
    np.testing.assert_allclose(data[:, 1:], plain[:, 1:], atol=1e-5)
    np.testing.assert_allclose(
        path.alpha(t) * data + path.sigma(t) * noise, x, atol=1e-5
    )


@of_each_path
def test_what_depends_on_the_known_is_led_by_it(path):
    """Places that are always equal to the known one become so too."""

    def denoise(x, t):
        # Of data whose places are all the same standard normal number.
        alpha, sigma = path.alpha(t), path.sigma(t)
        total = tf.reduce_sum(x, axis=1, keepdims=True)
        data = alpha * total / (3.0 * alpha**2 + sigma**2) + 0.0 * x
        return data, (x - alpha * data) / sigma

    known = tf.constant([[0.7, 9.0, 9.0], [-0.9, 9.0, 9.0]])
    times = path.times(60, start=samplers.agreeing_time(path))
    noise = np.random.default_rng(0).normal(size=(2, 3))
    found = samplers.heun(
        samplers.agreeing(denoise, path, known, IS_KNOWN),
        path,
        tf.constant(path.sigma(times[0]) * noise, tf.float32),
        times,
    )
    expected = np.repeat(known[:, :1], 3, axis=1)
    # The formula takes places for independent, which leaves an error.
    np.testing.assert_allclose(found, expected, atol=0.08)


@of_each_path
def test_it_begins_where_there_is_something_to_see(path):
    first = samplers.agreeing_time(path)
    assert 0.05 <= path.alpha(first) / path.sigma(first) < 0.06
