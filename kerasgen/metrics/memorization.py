"""Whether generated images are copies of training images."""

import numpy as np
import numpy.typing as npt

from kerasgen.metrics.distances import SquaredDistances
from kerasgen.metrics.distances import scaled
from kerasgen.metrics.features import check_feature_sets
from kerasgen.utils.arguments import check_range


def memorization_share(
    training: npt.ArrayLike,
    generated: npt.ArrayLike,
    held_out: npt.ArrayLike,
    quantile: float = 0.01,
) -> float:
    """Share of generated images that are suspiciously near a training image.

    An image is suspicious if it is nearer to its nearest training image than
    all but a share of `quantile` of the held-out images are. A model that has
    learned the distribution gets about `quantile`, one that copies 1.

    Args:
        training: array of shape `(n, d)`. Features, or pixels, of the images
            that were trained on.
        generated: array of shape `(m, d)`.
        held_out: array of shape `(k, d)`. Real images not trained on.
        quantile: float from 0 to 1. The share of held-out images that would
            be suspected.

    Returns:
        float from 0 to 1.

    Raises:
        ValueError: if an array is not finite and of rank 2, or widths differ.

    Example:

    >>> draw = np.random.default_rng(0).normal
    >>> training, held_out = draw(size=(500, 8)), draw(size=(500, 8))
    >>> memorization_share(training, training[:100], held_out)
    1.0
    """
    check_range("quantile", quantile, 0, 1)
    training, generated, held_out = scaled(
        *check_feature_sets(
            training=training, generated=generated, held_out=held_out
        )
    )
    distance, of_held_out = (
        np.sqrt(SquaredDistances(rows, training).to_neighbor(1))
        for rows in (generated, held_out)
    )
    return float((distance < np.quantile(of_held_out, quantile)).mean())


def authenticity_share(
    training: npt.ArrayLike, generated: npt.ArrayLike
) -> float:
    """Share of generated images that are no near copy of a training image.

    An image is authentic if it is further from its nearest training image than
    that one is from the nearest other training image (Alaa et al., section
    3.3; `AuthPct` of later papers). Where training images are dense, a copy
    has to be nearer to be called one, which `memorization_share` does not
    regard. Copies get 0. Fresh draws of the distribution of the training images
    get from a third, in one dimension, to three quarters, in many: compare it
    with the share of held-out images. Images far from all data get 1, so it
    says nothing alone.

    Distances are compared as if without rounding, as in
    `precision_recall_density_coverage`. Of training images that are equally
    near, the first decides.

    Args:
        training: array of shape `(n, d)`, `n` at least 2. Features, or pixels,
            of the images that were trained on.
        generated: array of shape `(m, d)`.

    Returns:
        float from 0 to 1.

    Raises:
        ValueError: if an array is not finite and of rank 2, widths differ, or
            there is only one training image.

    Example:

    >>> draw = np.random.default_rng(0).normal
    >>> training = draw(size=(500, 8))
    >>> authenticity_share(training, training[:100])
    0.0
    >>> authenticity_share(training, training[:100] + 10)
    1.0

    References:
        - Alaa et al. (2022), How Faithful is your Synthetic Data? Sample-level
          Metrics for Evaluating and Auditing Generative Models,
          https://arxiv.org/abs/2102.08921
    """
    training, generated = scaled(
        *check_feature_sets(training=training, generated=generated)
    )
    if len(training) < 2:
        raise ValueError(
            "Argument `training` must hold at least two rows, for each to have "
            f"a nearest other one. Received: shape {training.shape}."
        )
    distance, nearest = SquaredDistances(generated, training).nearest()
    to_other = SquaredDistances(training, training).to_neighbor(1)
    return float((distance > to_other[nearest]).mean())
