"""Likelihoods of data of different sizes, side by side."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def bits_per_dimension(
    log_likelihood: npt.ArrayLike, data_shape: Sequence[int]
) -> npt.NDArray:
    """Minus the log-likelihood of a datum in bits, over its numbers.

    It compares models of images of 8 bits, where uniform noise would take 8.

    Args:
        log_likelihood: array, in nats, of whole data.
        data_shape: tuple of int. The shape of one datum.

    Returns:
        Array of the same shape.

    Example:

    >>> bits_per_dimension([-math.log(256) * 64], (8, 8, 1)).round(6).tolist()
    [8.0]
    """
    nats = -np.asarray(log_likelihood)
    return nats / (math.prod(data_shape) * math.log(2.0))
