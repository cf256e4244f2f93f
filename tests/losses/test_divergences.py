import itertools

import numpy as np
import scipy.integrate
import scipy.special
import scipy.stats
import tensorflow as tf

from kerasgen import losses


def test_kl_by_hand():
    mean = tf.constant([[0.0, 0.0], [1.0, -2.0], [0.5, 0.0]])
    log_variance = tf.constant([[0.0, 0.0], [0.0, 0.0], [0.0, 2.0]])
    # Of the second, half of one and four; of the third, half of a quarter and
    # of what a log-variance of two adds.
    expected = [0.0, 2.5, (0.25 + np.e**2 - 3) / 2]
    np.testing.assert_allclose(
        losses.gaussian_kl(mean, log_variance), expected, rtol=1e-6
    )


def test_kl_by_integration():
    mean, log_variance = 0.7, -1.2
    posterior = scipy.stats.norm(mean, np.exp(log_variance / 2))
    prior = scipy.stats.norm()

    def integrand(z):
        return posterior.pdf(z) * (posterior.logpdf(z) - prior.logpdf(z))

    expected, _ = scipy.integrate.quad(integrand, -10, 10)
    found = losses.gaussian_kl([[mean]], [[log_variance]])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_kl_near_the_prior_keeps_its_digits():
    log_variance = 1e-4
    expected = (np.expm1(log_variance) - log_variance) / 2
    found = losses.gaussian_kl([[0.0]], [[log_variance]])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-2)


def test_gaussian_log_density_against_scipy():
    values = np.array([[0.3, -2.0], [5.0, 0.0]])
    mean, log_variance = np.array([0.1, 1.0]), np.array([[0.5], [-1.0]])
    expected = scipy.stats.norm(mean, np.exp(log_variance / 2)).logpdf(values)
    found = losses.gaussian_log_density(values, mean, log_variance)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_gaussian_mixture_against_scipy():
    rng = np.random.default_rng(0)
    # Narrow and far from 0, where a difference of squares loses its digits.
    mean = rng.normal(3, 2, (5, 40)).astype("float32")
    log_variance = rng.uniform(-8, 1, (5, 40)).astype("float32")
    spread = np.exp(log_variance / 2)
    values = (mean + spread * rng.normal(size=(5, 40))).astype("float32")
    densities = [
        scipy.stats.norm(m.astype(float), np.exp(v.astype(float) / 2))
        .logpdf(values.astype(float))
        .sum(axis=1)
        for m, v in zip(mean, log_variance)
    ]
    expected = scipy.special.logsumexp(densities, axis=0) - np.log(5)
    found = losses.gaussian_mixture_log_density(values, mean, log_variance)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_stratified_weights_by_hand():
    rows = tf.constant([1, 3])
    found = np.exp(losses.stratified_log_weights(rows, 4, 10))
    # One part in ten for the image itself, a third for others but the last.
    expected = [[1 / 3, 1 / 10, 7 / 30, 1 / 3], [7 / 30, 1 / 3, 1 / 3, 1 / 10]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    alone = losses.stratified_log_weights(tf.constant([0]), 1, 10)
    np.testing.assert_array_equal(alone, [[0.0]])
    whole = losses.stratified_log_weights(tf.range(4), 4, 2)
    expected = [1 / 4, 1 / 12, 1 / 3, 1 / 3]
    np.testing.assert_allclose(np.exp(whole[0]), expected, rtol=1e-6)


def test_stratified_weights_estimate_the_aggregate_without_bias():
    """Over all batches of a small data set, the mean estimate is q(z)."""
    densities = np.random.default_rng(0).uniform(size=6)
    found = []
    for batch in itertools.permutations(range(6), 3):
        log_weights = losses.stratified_log_weights(tf.range(3), 3, 6)
        # `z` is the same for each image: the batch's first is its own.
        found.append(np.exp(log_weights[0]) @ densities[list(batch)])
    np.testing.assert_allclose(np.mean(found), densities.mean(), rtol=1e-6)


def test_kl_decomposition_by_hand():
    """One image, or independent latents: parts that are known."""
    latents = tf.constant([[0.5, -1.0]])
    mean, log_variance = tf.constant([[1.0, 0.0]]), tf.constant([[0.0, 1.0]])
    parts = losses.kl_decomposition(
        latents, mean, log_variance, tf.constant([0]), tf.zeros((1, 1))
    )
    log_posterior = scipy.stats.norm([1, 0], [1, np.exp(0.5)]).logpdf(latents)
    kl = (log_posterior - scipy.stats.norm().logpdf(latents)).sum()
    np.testing.assert_allclose(parts, [[0], [0], [kl]], atol=1e-6)
    # A grid of means: two latents that know nothing of each other.
    grid = np.array([[-4, -3], [-4, 3], [4, -3], [4, 3]], "float32")
    weights = np.full((4, 4), np.log(0.25), "float32")
    information, correlation, dimension_wise = losses.kl_decomposition(
        grid, grid, np.zeros_like(grid), tf.range(4), weights
    )
    np.testing.assert_allclose(correlation, np.zeros(4), atol=1e-5)
    # Hardly any overlap: which of four images it is.
    np.testing.assert_allclose(information, np.full(4, np.log(4)), atol=1e-5)
    two = (
        scipy.stats.norm([-4, 4]).pdf(4).mean(),
        scipy.stats.norm([-3, 3]).pdf(3).mean(),
    )
    prior = scipy.stats.norm.logpdf([4, 3])
    np.testing.assert_allclose(
        dimension_wise, np.full(4, np.sum(np.log(two) - prior)), rtol=1e-6
    )


def test_log_variances_are_bounded_and_find_their_way_back():
    values = tf.constant([-500.0, -29.0, 0.3, 19.0, 500.0, -500.0, 500.0])
    upstream = tf.constant([-1.0, 2.0, 3.0, 4.0, 1.0, 1.0, -1.0])
    with tf.GradientTape() as tape:
        tape.watch(values)
        bounded = losses.bounded_log_variance(values)
    np.testing.assert_array_equal(
        bounded, np.float32([-30, -29, 0.3, 19, 20, -30, 20])
    )
    assert np.isfinite(tf.exp(bounded)).all()
    # Descent moves against the gradient: the last two would go further out.
    np.testing.assert_array_equal(
        tape.gradient(bounded, values, output_gradients=upstream),
        [-1, 2, 3, 4, 1, 0, 0],
    )
