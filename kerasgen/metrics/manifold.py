"""Precision, recall, density and coverage of generated images."""

import numpy as np
import numpy.typing as npt

from kerasgen.metrics.distances import SquaredDistances
from kerasgen.metrics.distances import scaled
from kerasgen.metrics.features import check_features
from kerasgen.utils.arguments import check_positive_integer


def precision_recall_density_coverage(
    real: npt.ArrayLike, generated: npt.ArrayLike, num_neighbors: int = 5
) -> dict[str, float]:
    """Fidelity and diversity of generated images, by nearest neighbors.

    With balls around each image whose radius is the distance to its
    `num_neighbors`-th neighbor in its own set,

    - `precision`: the share of generated images inside a ball of a real one
      (Kynkaanniemi et al., equation 2),
    - `recall`: the share of real images inside a ball of a generated one,
    - `density`: the mean number of balls of real images around a generated
      one, over `num_neighbors` (Naeem et al., equation 3); it may exceed 1,
    - `coverage`: the share of real images whose ball holds a generated one
      (equation 4). For equal distributions and as many images as real ones
      it is about `1 - 2^-num_neighbors`.

    A ball is open: an image at a distance that equals the radius is outside.
    So the code of Naeem et al. has it (`prdc`), for all four; that of
    Kynkaanniemi et al. counts it as inside (`<=`). For features of networks the
    two agree. Where many distances are equal, as those of binarised images,
    closed balls would hold many more images than `num_neighbors`, and open ones
    hold fewer; around `num_neighbors + 1` equal images a ball is empty.

    Distances are compared as if without rounding: exactly for features that
    are integers or multiples of a power of two, wherever their origin is.

    Time grows with `n m`, memory with `n + m`.

    Args:
        real: array of shape `(n, d)`. Features of real images.
        generated: array of shape `(m, d)`. Features of generated ones.
        num_neighbors: int. Below `n` and `m`.

    Returns:
        dict of floats: `precision`, `recall`, `density`, `coverage`.

    Raises:
        ValueError: if an array is not finite and of rank 2 with more rows than
            `num_neighbors`, or the two are of different widths.

    Example:

    >>> draw = np.random.default_rng(0).normal
    >>> scores = precision_recall_density_coverage(
    ...     draw(size=(1000, 8)), draw(size=(1000, 8))
    ... )
    >>> 0.9 < scores["coverage"] <= 1
    True

    References:
        - Kynkaanniemi et al. (2019), Improved Precision and Recall Metric for
          Assessing Generative Models, https://arxiv.org/abs/1904.06991
        - Naeem et al. (2020), Reliable Fidelity and Diversity Metrics for
          Generative Models, https://arxiv.org/abs/2002.09797
    """
    check_positive_integer("num_neighbors", num_neighbors)
    real, generated = scaled(
        *check_features(real, generated, at_least=num_neighbors + 1)
    )
    real_radius, generated_radius = (
        SquaredDistances(features, features).to_neighbor(num_neighbors)
        for features in (real, generated)
    )
    balls = np.zeros(len(generated), np.int64)
    is_covered, is_recalled = np.zeros((2, len(real)), bool)
    between = SquaredDistances(generated, real)
    for rows, lower in between.blocks(np.arange(len(generated))):
        places, columns = between.below(rows, lower, real_radius)
        balls[rows] = np.bincount(places, minlength=len(rows))
        is_covered[columns] = True
        limits = generated_radius[rows, None]
        is_recalled[between.below(rows, lower, limits)[1]] = True
    return {
        "precision": float((balls > 0).mean()),
        "recall": float(is_recalled.mean()),
        "density": float(balls.mean() / num_neighbors),
        "coverage": float(is_covered.mean()),
    }
