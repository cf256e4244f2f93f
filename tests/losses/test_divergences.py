import numpy as np
import scipy.integrate
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
