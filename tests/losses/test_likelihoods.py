"""Against scipy's distributions, summed over pixels."""

import numpy as np
import pytest
import scipy.stats

from kerasgen import losses

GENERATOR = np.random.default_rng(0)
SHAPE = (3, 4, 4, 2)


def test_bernoulli():
    images = GENERATOR.integers(0, 2, SHAPE).astype(np.float32)
    logits = GENERATOR.normal(size=SHAPE).astype(np.float32)
    distribution = scipy.stats.bernoulli(1 / (1 + np.exp(-logits)))
    expected = distribution.logpmf(images).sum(axis=(1, 2, 3))
    found = losses.bernoulli_log_likelihood(images, logits)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_bernoulli_of_grey_values_by_hand():
    # 0.25 log(0.5) + 0.75 log(0.5), and 0.25 log(p) + 0.75 log(1 - p).
    found = losses.bernoulli_log_likelihood(
        np.full((2, 1, 1, 1), 0.25), np.array([0.0, 2.0]).reshape(2, 1, 1, 1)
    )
    p = 1 / (1 + np.exp(-2))
    expected = [np.log(0.5), 0.25 * np.log(p) + 0.75 * np.log(1 - p)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0])
def test_gaussian(scale):
    images = GENERATOR.random(SHAPE).astype(np.float32)
    mean = GENERATOR.random(SHAPE).astype(np.float32)
    expected = scipy.stats.norm(mean, scale).logpdf(images).sum(axis=(1, 2, 3))
    found = losses.gaussian_log_likelihood(
        images, mean, np.float32(np.log(scale))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("scale", [0.01, 0.1, 1.0])
def test_discretized_logistic(scale):
    levels = GENERATOR.integers(0, 256, SHAPE)
    levels[0, 0, 0, 0], levels[0, 0, 0, 1] = 0, 255
    mean = np.clip(levels / 255 + GENERATOR.normal(0, scale, SHAPE), 0, 1)
    distribution = scipy.stats.logistic(mean, scale)
    upper = np.where(levels == 255, np.inf, (levels + 0.5) / 255)
    lower = np.where(levels == 0, -np.inf, (levels - 0.5) / 255)
    mass = distribution.cdf(upper) - distribution.cdf(lower)
    found = losses.discretized_logistic_log_likelihood(
        levels / 255, mean, np.float32(np.log(scale))
    )
    np.testing.assert_allclose(
        found, np.log(mass).sum(axis=(1, 2, 3)), rtol=1e-4
    )


@pytest.mark.parametrize("mean", [-0.5, 0.3, 1.2])
def test_discretized_logistic_sums_to_one(mean):
    levels = np.arange(256, dtype=np.float32).reshape(-1, 1, 1, 1)
    log_mass = losses.discretized_logistic_log_likelihood(
        levels / 255, np.full_like(levels, mean), np.float32(np.log(0.05))
    )
    np.testing.assert_allclose(np.exp(log_mass).sum(), 1, rtol=1e-4)


def test_far_pixels_stay_finite():
    found = losses.discretized_logistic_log_likelihood(
        np.full((1, 1, 1, 1), 0.5), np.full((1, 1, 1, 1), 40.0), np.float32(-4)
    )
    # About -(39.5 / e^-4): the tail is exponential.
    np.testing.assert_allclose(found, -39.5 * np.exp(4), rtol=1e-2)
