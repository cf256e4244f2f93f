"""Densities along a flow against those that are known."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import special
from scipy import stats

from kerasgen import samplers
from tests.samplers import gaussians


def log_density_of_the_mixture(x):
    logs = [
        stats.multivariate_normal(mean, deviation**2 * np.eye(2)).logpdf(x)
        for mean, deviation in zip(gaussians.MEANS, gaussians.DEVIATIONS)
    ]
    return special.logsumexp(
        np.stack(logs, axis=1), axis=1, b=gaussians.WEIGHTS
    )


def points():
    return np.random.default_rng(1).uniform(-2, 2, (12, 2)).astype("float32")


@pytest.mark.parametrize("name", ["flow", "cosine", "edm"])
def test_exact_density_of_the_mixture(name):
    path = {"flow": samplers.LinearPath(), **samplers.PATHS}[name]
    x = points()
    times = path.times_from_data(100)
    found, noise = samplers.log_density(
        gaussians.denoiser_of_the_mixture(path), path, tf.constant(x), times
    )
    assert found.shape == (1, len(x))
    np.testing.assert_allclose(
        found[0], log_density_of_the_mixture(x), rtol=0, atol=0.05
    )
    assert np.abs(noise).max() < 6


def test_estimates_have_no_bias():
    path = samplers.LinearPath()
    probes = np.random.default_rng(0).choice([-1.0, 1.0], (16, 12, 2))
    estimated, _ = samplers.log_density(
        gaussians.denoiser_of_the_mixture(path),
        path,
        tf.constant(points()),
        path.times(60, start=1.0, end=0.0),
        tf.constant(probes, tf.float32),
    )
    exact = log_density_of_the_mixture(points())
    errors = estimated.numpy().std(axis=0) / np.sqrt(16)
    offsets = np.abs(estimated.numpy().mean(axis=0) - exact)
    assert np.all(offsets < 4 * errors + 0.1)
