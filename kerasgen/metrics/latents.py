"""What the latents of a model hold."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from kerasgen.metrics.features import check_feature_array
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range


def active_units(means: npt.ArrayLike, threshold: float = 0.01) -> int:
    """Number of latents whose posterior mean depends on the image.

    Those with `Var_x(E[z|x]) > threshold` (Burda et al., section 5.2). A VAE
    whose posterior collapses has few.

    Args:
        means: array of shape `(n, latents)`. Posterior means, as `encode`
            returns them.
        threshold: float. 0.01 in the paper.

    Returns:
        int.

    Raises:
        ValueError: if `means` is not finite and of rank 2 with at least two
            rows, or `threshold` is below 0.

    Example:

    >>> active_units([[1.0, 0.0], [-1.0, 0.0]])
    1

    References:
        - Burda et al. (2016), Importance Weighted Autoencoders,
          https://arxiv.org/abs/1509.00519
    """
    means = check_feature_array("means", means, at_least=2)
    check_range("threshold", threshold, 0)
    return int((means.astype(np.float64).var(axis=0, ddof=1) > threshold).sum())


def mutual_information_gap(
    latents: npt.ArrayLike, factors: npt.ArrayLike, num_bins: int = 20
) -> float:
    """MIG: whether each factor is known from one latent alone.

    The mean over factors `v` of `(I(z_a; v) - I(z_b; v)) / H(v)`, where `a`
    and `b` are the latents that know most of `v` (Chen et al., equation 6), by
    histograms of `num_bins` bins of equal width.

    Args:
        latents: array of shape `(n, latents)`, at least two of them.
        factors: integer array of shape `(n, factors)`.
        num_bins: int.

    Returns:
        float from 0 to 1.

    Raises:
        ValueError: if there are fewer than two latents, the numbers of rows
            differ, a factor is not of integers or has one value only.

    Example:

    >>> factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> round(mutual_information_gap(factors.astype(float), factors), 4)
    1.0

    References:
        - Chen et al. (2018), Isolating Sources of Disentanglement in VAEs,
          https://arxiv.org/abs/1802.04942
    """
    import sklearn.metrics

    latents = check_feature_array("latents", latents, at_least=2)
    check_positive_integer("num_bins", num_bins)
    checked = _check_factors(factors, len(latents))
    if latents.shape[1] < 2:
        raise ValueError("A gap needs at least two latents. Received: 1.")
    binned = [
        np.digitize(column, np.histogram_bin_edges(column, num_bins)[1:-1])
        for column in latents.T
    ]
    gaps = []
    for factor in checked.T:
        information = np.sort(
            [sklearn.metrics.mutual_info_score(factor, bins) for bins in binned]
        )
        entropy = sklearn.metrics.mutual_info_score(factor, factor)
        gaps.append((information[-1] - information[-2]) / entropy)
    return float(np.mean(gaps))


def factor_vae_score(
    encode: Callable[[np.ndarray], npt.ArrayLike],
    sample: Callable[..., npt.ArrayLike],
    num_votes: int = 800,
    num_test_votes: int = 800,
    batch_size: int = 64,
    threshold: float = 0.05,
    seed: int = 0,
) -> float:
    """FactorVAE score: whether a factor held fixed shows in one latent.

    Batches in which one factor is fixed are encoded; the latent that varies
    least, relative to its deviation over all data, votes for the factor. The
    score is the accuracy of the majority vote on fresh batches (Kim and Mnih,
    section 4). Latents that have collapsed to the prior, with a variance of
    their means under `threshold`, are left out, as by the authors.

    Args:
        encode: function from images to latents, `(n, latents)`.
        sample: function `(generator, number, factor)` that draws images in
            which `factor`, an int, is the same throughout, or all factors vary
            where it is None; it has an attribute `num_factors`.
        num_votes: int. Batches that the vote is learned on.
        num_test_votes: int. Batches that it is tested on.
        batch_size: int. Images of a batch.
        threshold: float. For latents with a prior of variance 1.
        seed: int.

    Returns:
        float from 0 to 1; `1 / num_factors` is chance.

    Raises:
        ValueError: if all latents have collapsed, or some are not finite, or a
            number is not positive, or `batch_size` is 1, which does not vary.

    References:
        - Kim and Mnih (2018), Disentangling by Factorising,
          https://arxiv.org/abs/1802.05983
    """
    check_positive_integer("num_votes", num_votes)
    check_positive_integer("num_test_votes", num_test_votes)
    check_range("batch_size", batch_size, 2)
    check_range("threshold", threshold, 0)
    generator = np.random.default_rng(seed)

    def variances(number, factor):
        latents = encode(sample(generator, number, factor))
        latents = check_feature_array("encode(images)", latents, 2)
        return np.var(latents.astype(np.float64), axis=0, ddof=1)

    scale = variances(10_000, None)
    is_used = scale > threshold
    if not is_used.any():
        raise ValueError(
            f"No latent has a variance above threshold={threshold}: all of "
            "them have collapsed."
        )

    def votes(number):
        counts = np.zeros((len(scale), sample.num_factors), int)
        for _ in range(number):
            factor = int(generator.integers(sample.num_factors))
            relative = np.full(len(scale), np.inf)
            fixed = variances(batch_size, factor)
            relative[is_used] = fixed[is_used] / scale[is_used]
            counts[relative.argmin(), factor] += 1
        return counts

    winners = votes(num_votes).argmax(axis=1)
    tested = votes(num_test_votes)
    return float(tested[np.arange(len(scale)), winners].sum() / tested.sum())


def _check_factors(factors, num_rows):
    factors = np.asarray(factors)
    if factors.ndim != 2 or len(factors) != num_rows:
        raise ValueError(
            f"Argument `factors` must be of shape ({num_rows}, factors). "
            f"Received: shape {factors.shape}."
        )
    if factors.dtype.kind not in "iub" and not (
        factors.dtype.kind == "f" and (factors == np.rint(factors)).all()
    ):
        raise ValueError(
            "Argument `factors` must be integers. Received: dtype "
            f"{factors.dtype}. Number the values of each factor, such as by "
            "`np.unique(factor, return_inverse=True)[1]`."
        )
    for index, factor in enumerate(factors.T):
        if len(np.unique(factor)) < 2:
            raise ValueError(
                f"Factor {index} has one value only; no latent can tell it."
            )
    return factors
