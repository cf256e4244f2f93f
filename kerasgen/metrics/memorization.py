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
