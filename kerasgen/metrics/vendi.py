"""How many different images a set amounts to."""

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from kerasgen.metrics.features import check_feature_array
from kerasgen.utils.arguments import check_range


def vendi_score(features: npt.ArrayLike, order: float = 1.0) -> float:
    """The effective number of different images in a set.

    The exponential of the entropy of the eigenvalues of `K / n`, where `K` is
    the matrix of similarities, here cosines of features (Friedman and Dieng,
    definition 3.1). It is 1 where all are alike and `n` where no two have
    anything in common. It asks for no real images, so that it says nothing
    about whether images look real: compare it with the score of as many real
    images.

    An `order` below 1 makes rare kinds of images count for more, and above 1
    for less: entropies of Renyi, as Pasarkar and Dieng have them.

    Eigenvalues are those of the smaller of `K / n` and the `(d, d)` matrix of
    products of features, which has the same ones but zeros: memory grows with
    `n d`. An image whose features are all 0 has no direction. It is taken for
    like those of which this is true too, and unlike all others.

    Args:
        features: array of shape `(n, d)`.
        order: float of at least 0. 1 is Shannon's entropy, 0 counts what is
            there at all, infinity the largest eigenvalue alone.

    Returns:
        float from 1 to `min(n, d + 1)`.

    Raises:
        ValueError: if the array is not finite, of rank 2 and of a row at
            least, or the order is below 0.

    Example:

    >>> round(vendi_score([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0], [3.0, 0.0]]), 6)
    2.0

    References:
        - Friedman and Dieng (2023), The Vendi Score: A Diversity Evaluation
          Metric for Machine Learning, https://arxiv.org/abs/2210.02410
        - Pasarkar and Dieng (2024), Cousins Of The Vendi Score: A Family Of
          Similarity-Based Diversity Metrics For Science And Machine Learning,
          https://arxiv.org/abs/2310.12952
    """
    check_range("order", order, 0)
    rows = _directions(check_feature_array("features", features))
    number, width = rows.shape
    products = rows.T @ rows if width < number else rows @ rows.T
    shares = np.linalg.eigvalsh(products / number)
    # What rounding leaves of zeros would count as a kind of images.
    shares = shares[shares > max(rows.shape) * np.finfo(np.float64).eps]
    shares /= shares.sum()
    # Near 1, the other formula divides rounding by next to nothing.
    if abs(order - 1) < 1e-7:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    if order == np.inf:
        return float(1 / shares.max())
    # In logarithms, which large orders do not leave the range of.
    return float(np.exp(logsumexp(order * np.log(shares)) / (1 - order)))


def _directions(features):
    """Rows of length 1 in float64, zeros in a direction of their own."""
    rows = features.astype(np.float64)
    # So that no square leaves the range of a float.
    largest = np.abs(rows).max(axis=1, keepdims=True)
    is_zero = largest == 0
    rows /= np.where(is_zero, 1, largest)
    rows /= np.where(is_zero, 1, np.linalg.norm(rows, axis=1, keepdims=True))
    if not is_zero.any():
        return rows
    return np.column_stack([rows, is_zero])
