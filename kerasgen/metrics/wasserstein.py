"""Sliced Wasserstein distance between two sets of features."""

import numpy as np
import numpy.typing as npt

from kerasgen.metrics.features import check_features
from kerasgen.utils.arguments import check_positive_integer

# Directions that are projected on at a time, which bounds the memory.
BLOCK_SIZE = 64


def sliced_wasserstein_distance(
    real: npt.ArrayLike,
    generated: npt.ArrayLike,
    num_directions: int = 512,
    seed: int = 0,
) -> float:
    """Sliced 2-Wasserstein distance: of projections, which only need sorting.

    `(mean over directions u of W_2(u . x, u . y)^2)^(1/2)`, directions uniform
    on the sphere (Bonneel et al., section 3.1), where on a line

    `W_2^2 = integral_0^1 (F^-1(t) - G^-1(t))^2 dt`,

    exact also for sets of different sizes. It shrinks with the width: for
    Gaussians that differ by a shift `s`, it is about `|s| / d^(1/2)`.

    Args:
        real: array of shape `(n, d)`. Features of real images, or pixels.
        generated: array of shape `(m, d)`. The same of generated ones.
        num_directions: int. Its error falls with the root of this number.
        seed: int. The directions.

    Returns:
        float. At least 0, in units of the features.

    Raises:
        ValueError: if an array is not finite and of rank 2, or the two are of
            different widths.

    Example:

    >>> real = np.array([[0.0], [2.0]])
    >>> sliced_wasserstein_distance(real, real + 3.0)
    3.0

    References:
        - Bonneel et al. (2015), Sliced and Radon Wasserstein Barycenters of
          Measures
    """
    real, generated = check_features(real, generated, at_least=1)
    check_positive_integer("num_directions", num_directions)
    directions = np.random.default_rng(seed).normal(
        size=(real.shape[1], num_directions)
    )
    directions /= np.linalg.norm(directions, axis=0)
    squares = [
        _squared_distances(real @ block, generated @ block)
        for block in np.array_split(
            directions, -(-num_directions // BLOCK_SIZE), axis=1
        )
    ]
    return float(np.sqrt(np.concatenate(squares).mean()))


def _squared_distances(first, second):
    """Squared 2-Wasserstein distances of the columns of two arrays."""
    first, second = np.sort(first, axis=0), np.sort(second, axis=0)
    # Quantile functions are steps; between all of their ends both stand still.
    # The ends are integers in units of 1 / (n m), so that equal ones are equal.
    num_first, num_second = len(first), len(second)
    ends = np.union1d(
        np.arange(1, num_first + 1) * num_second,
        np.arange(1, num_second + 1) * num_first,
    )
    widths = np.diff(ends, prepend=0) / (num_first * num_second)
    gaps = first[(ends - 1) // num_second] - second[(ends - 1) // num_first]
    return widths @ np.square(gaps)
