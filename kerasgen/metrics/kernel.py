"""Kernel distance between two sets of features."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kerasgen.metrics.features import FeatureMetric
from kerasgen.metrics.features import check_features
from kerasgen.utils.arguments import check_positive_integer


def kernel_distance(
    real: npt.ArrayLike,
    generated: npt.ArrayLike,
    block_size: int = 1000,
    num_blocks: int = 100,
    seed: int = 0,
) -> tuple[float, float]:
    """Kernel distance (KID): squared maximum mean discrepancy, unbiased.

    With the kernel `k(x, y) = (x . y / d + 1)^3` and blocks of `m` rows drawn
    from both sets without replacement, the mean over blocks of

    `sum_{i!=j} [k(x_i, x_j) + k(y_i, y_j)] / (m (m - 1))
    - 2 sum_{ij} k(x_i, y_j) / m^2`

    (Binkowski et al., section 3.1; equation 4 of Gretton et al.). Its
    expectation is 0 for equal distributions whatever the number of rows, so
    that a value may be negative.

    Args:
        real: array of shape `(n, d)`. Features of real images.
        generated: array of shape `(m, d)`. Features of generated ones.
        block_size: int. Rows of a block; all rows, where there are fewer.
        num_blocks: int. Blocks.
        seed: int. Which rows are drawn.

    Returns:
        (distance, deviation): floats. The mean over blocks, and the standard
        deviation of a block.

    Raises:
        ValueError: if an array is not of rank 2 with at least two rows, or has
            values that are not finite or exceed 1e25, whose sixth power
            overflows, or the two are of different widths.

    Example:

    >>> draw = np.random.default_rng(0).normal
    >>> distance, deviation = kernel_distance(
    ...     draw(size=(500, 4)), draw(size=(500, 4)), block_size=100
    ... )
    >>> abs(distance) < 3 * deviation
    True

    References:
        - Binkowski et al. (2018), Demystifying MMD GANs,
          https://arxiv.org/abs/1801.01401
        - Gretton et al. (2012), A Kernel Two-Sample Test
    """
    real, generated = check_features(real, generated)
    check_positive_integer("block_size", block_size)
    check_positive_integer("num_blocks", num_blocks)
    if block_size < 2:
        raise ValueError(
            "Argument `block_size` must be at least 2, for there to be pairs. "
            f"Received: block_size={block_size}."
        )
    size = min(block_size, len(real), len(generated))
    generator = np.random.default_rng(seed)

    def block(features):
        indices = generator.choice(len(features), size, replace=False)
        return features[indices].astype(np.float64)

    values = [
        squared_discrepancy(block(real), block(generated))
        for _ in range(num_blocks)
    ]
    return float(np.mean(values)), float(np.std(values))


def squared_discrepancy(first: np.ndarray, second: np.ndarray) -> float:
    """Unbiased squared discrepancy of two blocks of as many rows."""
    size, width = first.shape

    def kernel(a, b):
        return (a @ b.T / width + 1) ** 3

    def mean_of_others(features):
        values = kernel(features, features)
        return (values.sum() - np.trace(values)) / (size * (size - 1))

    between = kernel(first, second).mean()
    return mean_of_others(first) + mean_of_others(second) - 2 * between


@keras.saving.register_keras_serializable("kerasgen")
class KernelDistance(FeatureMetric):
    """Streaming `kernel_distance` of images, or of their features.

    Each batch, of all replicas together, is a block: its state is the sum over
    blocks of their squared discrepancies, and how many there were. So batches
    of one size are wanted; every batch counts the same, and one without two
    rows of each kind does not count. The expectation does not depend on the
    size, the deviation does.

    Args:
        features: keras.Model from images to `(batch, d)`, the name of a data
            set (see `feature_network`), or None where `update_state` is given
            features.
        num_features: int or None. `d`; needed where `features` is None.
        **kwargs: `name` of `keras.metrics.Metric`.

    Example:

    >>> metric = KernelDistance(num_features=1)
    >>> metric.update_state([[0.0], [2.0]], [[0.0], [2.0]])
    >>> float(metric.result())
    -62.0
    """

    def __init__(
        self,
        features: keras.Model | str | None = None,
        num_features: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(features, num_features, **kwargs)
        self._total = self.add_float64((), "total")
        self._blocks = self.add_float64((), "blocks")

    def update_features(self, real: tf.Tensor, generated: tf.Tensor) -> None:
        real = _of_all_replicas(tf.cast(real, tf.float64))
        generated = _of_all_replicas(tf.cast(generated, tf.float64))
        value = (
            self._mean_of_others(real)
            + self._mean_of_others(generated)
            - 2 * tf.reduce_mean(self._kernel(real, generated))
        )
        counts = tf.minimum(tf.shape(real)[0], tf.shape(generated)[0]) > 1
        # Each replica adds its share of the one block that all of them have.
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        self._total.assign_add(tf.where(counts, value, 0.0) / replicas)
        self._blocks.assign_add(tf.cast(counts, tf.float64) / replicas)

    def _kernel(self, first, second):
        products = tf.matmul(first, second, transpose_b=True)
        return (products / self.num_features + 1) ** 3

    def _mean_of_others(self, features):
        values = self._kernel(features, features)
        size = tf.cast(tf.shape(features)[0], tf.float64)
        total = tf.reduce_sum(values) - tf.linalg.trace(values)
        return total / tf.maximum(size * (size - 1), 1.0)

    def result(self) -> tf.Tensor:
        return self._total / tf.maximum(self._blocks, 1.0)


def _of_all_replicas(rows):
    """The rows of all replicas, one after the other."""
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return rows
    return tf.distribute.get_replica_context().all_gather(rows, axis=0)
