"""Precision, recall, density and coverage of generated images."""

import numpy as np

from kerasgen.metrics.features import check_features
from kerasgen.utils.arguments import check_positive_integer

# Rows of generated images that are compared with real ones at a time: memory
# grows with this and with the number of real images, not with their product.
BLOCK_SIZE = 256


def precision_recall_density_coverage(real, generated, num_neighbors=5):
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
    real, generated = check_features(
        real, generated, at_least=num_neighbors + 1
    )
    dtype = np.result_type(real, generated)
    # Distances by products lose digits far from the origin.
    center = real.mean(axis=0)
    real, generated = (
        np.ascontiguousarray(features - center, dtype)
        for features in (real, generated)
    )
    real_radius = _radii(real, num_neighbors)
    generated_radius = _radii(generated, num_neighbors)
    # Products of these are the squared distances, norms and all.
    real_factor = _with_norms(real, -2, norm_first=False).T
    generated_factor = _with_norms(generated, 1, norm_first=True)
    balls = np.empty(len(generated), np.int64)
    is_recalled = np.zeros(len(real), bool)
    nearest = np.full(len(real), np.inf, dtype)
    for start in range(0, len(generated), BLOCK_SIZE):
        block = slice(start, start + BLOCK_SIZE)
        distance = generated_factor[block] @ real_factor
        balls[block] = np.count_nonzero(distance < real_radius, axis=1)
        is_recalled |= (distance < generated_radius[block, None]).any(axis=0)
        np.minimum(nearest, distance.min(axis=0), out=nearest)
    return {
        "precision": float((balls > 0).mean()),
        "recall": float(is_recalled.mean()),
        "density": float(balls.mean() / num_neighbors),
        "coverage": float((nearest < real_radius).mean()),
    }


def _with_norms(features, factor, norm_first):
    """Rows times a factor, with their squared norm and a one beside them."""
    norm = np.square(features).sum(axis=1, keepdims=True)
    beside = [norm, np.ones_like(norm)]
    if not norm_first:
        beside.reverse()
    return np.concatenate(
        [features * factor, *beside], axis=1, dtype=features.dtype
    )


def _radii(features, num_neighbors):
    """Squared distance of each row to its neighbor of that rank."""
    import sklearn.neighbors

    search = sklearn.neighbors.NearestNeighbors(
        n_neighbors=num_neighbors, algorithm="brute", metric="sqeuclidean"
    )
    # Without an argument, a row is not its own neighbor.
    return search.fit(features).kneighbors()[0][:, -1].astype(features.dtype)
