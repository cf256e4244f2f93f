"""Paths against closed forms, and against themselves."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen import samplers
from tests.samplers.each_path import of_each_path


def times_within(path):
    start, end = path.times(20)[[1, -2]]
    return np.linspace(start, end, 9)


@of_each_path
def test_slopes_are_derivatives(path):
    t, h = times_within(path), 1e-6
    for name in ("alpha", "sigma"):
        function = getattr(path, name)
        slope = (function(t + h) - function(t - h)) / (2 * h)
        np.testing.assert_allclose(
            getattr(path, f"{name}_slope")(t), slope, rtol=1e-5, atol=1e-6
        )


@of_each_path
def test_tensors_are_as_arrays(path):
    t = times_within(path)
    for name in ("alpha", "sigma", "alpha_slope", "sigma_slope", "log_snr"):
        found = getattr(path, name)(tf.constant(t, tf.float32))
        assert found.dtype == tf.float32
        np.testing.assert_allclose(
            found, getattr(path, name)(t), rtol=1e-4, atol=1e-5
        )


@of_each_path
def test_noise_grows_from_data_to_noise(path):
    times = path.times(10)
    assert times[0] == path.noise_time
    assert times[-1] == path.data_time
    assert len(times) == 11
    ratio = np.exp(path.log_snr(times[1:-1]))
    assert np.all(np.diff(ratio) > 0)
    # At one end hardly anything but noise, at the other nothing but data.
    assert path.alpha(times[0]) / path.sigma(times[0]) < 0.02
    assert path.sigma(times[-1]) == pytest.approx(0, abs=1e-12)
    assert path.alpha(times[-1]) == pytest.approx(1)


@of_each_path
@pytest.mark.parametrize("num_steps", [1, 2, 9])
def test_times_are_close_to_each_other_near_the_data(path, num_steps):
    times = path.times_from_data(num_steps)
    assert len(times) == num_steps + 1
    assert times[0] == pytest.approx(path.nearly_data_time)
    assert times[-1] == pytest.approx(path.noise_time)
    steps = np.abs(np.diff(times))
    assert np.all(np.diff(steps) > 0)
    if num_steps > 1:
        assert steps[0] < 0.04 * steps.sum()


@pytest.mark.parametrize("name", ["cosine", "linear"])
def test_variance_is_preserved(name):
    path = samplers.PATHS[name]
    t = np.linspace(0.01, 0.99, 9)
    np.testing.assert_allclose(path.alpha(t) ** 2 + path.sigma(t) ** 2, 1)


def test_linear_path_is_the_limit_of_ddpm():
    """Whose noise has variances from 1e-4 to 0.02 in 1,000 steps."""
    products = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    t = (np.arange(1000) + 1) / 1000
    np.testing.assert_allclose(
        samplers.LinearBetaPath().alpha(t), np.sqrt(products), 0, 1e-3
    )


def test_times_of_edm_by_hand():
    """Equation 5 of Karras et al. (2022)."""
    i = np.arange(5)
    low, high = 0.002 ** (1 / 7), 80 ** (1 / 7)
    expected = (high + i / 4 * (low - high)) ** 7
    times = samplers.EDMPath().times(5)
    np.testing.assert_allclose(times, [*expected, 0.0])
    back = samplers.EDMPath().times(4, start=0.002, end=80.0)
    np.testing.assert_allclose(back, expected[::-1])
