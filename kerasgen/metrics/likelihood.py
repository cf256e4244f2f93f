"""Likelihoods of data of different sizes, side by side."""

import math


def bits_per_dimension(log_likelihood, data_shape):
    """Minus the log-likelihood of a datum in bits, over its numbers.

    It compares models of images of 8 bits, where uniform noise would take 8.

    Args:
        log_likelihood: array, in nats, of whole data.
        data_shape: tuple of int. The shape of one datum.

    Returns:
        Array of the same shape.

    Example:

    >>> round(bits_per_dimension(-math.log(256) * 64, (8, 8, 1)), 6)
    8.0
    """
    return -log_likelihood / (math.prod(data_shape) * math.log(2.0))
