"""Divergences between distributions, in nats."""

import tensorflow as tf


def gaussian_kl(mean, log_variance):
    """KL divergence of a diagonal Gaussian from the standard normal.

    `0.5 * sum(mean^2 + variance - 1 - log variance)`, appendix B of Kingma and
    Welling (2014).

    Args:
        mean: float tensor of shape `(batch, latent_dim)`.
        log_variance: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`, in nats, at least 0.

    Example:

    >>> gaussian_kl(tf.constant([[1.0, 2.0]]), tf.zeros((1, 2))).numpy()
    array([2.5], dtype=float32)
    """
    mean = tf.cast(mean, tf.float32)
    log_variance = tf.cast(log_variance, tf.float32)
    # expm1 keeps the precision that exp(v) - 1 loses near the prior.
    terms = tf.square(mean) + tf.math.expm1(log_variance) - log_variance
    return 0.5 * tf.reduce_sum(terms, axis=-1)
