"""Data that are Gaussian, or a mixture: what is known of their paths."""

import numpy as np
import tensorflow as tf

MEANS = np.array([[-1.5, 0.5], [1.0, -0.5], [0.5, 1.5]])
DEVIATIONS = np.array([0.3, 0.5, 0.4])
WEIGHTS = np.array([0.2, 0.5, 0.3])


def denoiser_of_a_gaussian(path, mean, deviation):
    """What the best denoiser says of data from `N(mean, deviation^2)`."""

    def denoise(x, t):
        alpha, sigma = path.alpha(t), path.sigma(t)
        variance = alpha**2 * deviation**2 + sigma**2
        score = -(x - alpha * mean) / variance
        return _by_tweedie(x, score, alpha, sigma, variance, mean, deviation)

    return denoise


def _by_tweedie(x, score, alpha, sigma, variance, mean, deviation):
    data = mean + alpha * deviation**2 / variance * (x - alpha * mean)
    return data, -sigma * score


def carried(path, x, start, end, mean, deviation):
    """Where the flow of that Gaussian takes `x`: its quantile stays."""
    before, after = (
        np.sqrt(path.alpha(t) ** 2 * deviation**2 + path.sigma(t) ** 2)
        for t in (start, end)
    )
    standard = (x - path.alpha(start) * mean) / before
    return path.alpha(end) * mean + after * standard


def denoiser_of_the_mixture(path):
    """What the best denoiser says of data from the mixture above."""
    means = tf.constant(MEANS, tf.float32)
    deviations = tf.constant(DEVIATIONS, tf.float32)
    log_weights = tf.math.log(tf.constant(WEIGHTS, tf.float32))

    def denoise(x, t):
        alpha, sigma = path.alpha(t), path.sigma(t)
        variances = alpha**2 * deviations**2 + sigma**2
        offsets = x[:, None] - alpha * means
        squares = tf.reduce_sum(offsets**2, axis=-1)
        logits = log_weights - squares / variances / 2 - tf.math.log(variances)
        shares = tf.nn.softmax(logits, axis=-1)[..., None]
        gains = (deviations**2 / variances)[None, :, None]
        data = tf.reduce_sum(shares * (means + alpha * gains * offsets), 1)
        noise = tf.reduce_sum(
            shares * sigma * offsets / variances[None, :, None], 1
        )
        return data, noise

    return denoise
