"""Frechet distance between two sets of features."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kerasgen.metrics.features import FeatureMetric
from kerasgen.metrics.features import check_features
from kerasgen.utils.arguments import check_positive_integer

# Of the matrix that is summed; more make the products small and slow.
_BANDS = 8


def frechet_distance(real: npt.ArrayLike, generated: npt.ArrayLike) -> float:
    """Squared Frechet distance between Gaussians fitted to two sets.

    `|m_r - m_g|^2 + tr(C_r + C_g - 2 (C_r C_g)^(1/2))`, means `m` and
    covariances `C` (equation 6 of Heusel et al.). It is the FID where the
    features are those of Inception; distances of different features do not
    compare. It is biased: too large by about `c / n` for `n` samples, whence
    `frechet_distance_at_infinity`.

    Args:
        real: array of shape `(n, d)`. Features of real images.
        generated: array of shape `(m, d)`. Features of generated ones.

    Returns:
        float. At least 0.

    Raises:
        ValueError: if an array is not finite and of rank 2 with at least two
            rows, or the two are of different widths.

    Example:

    >>> real = np.array([[0.0], [2.0]])
    >>> frechet_distance(real, real + 3.0)
    9.0

    References:
        - Heusel et al. (2017), GANs Trained by a Two Time-Scale Update Rule
          Converge to a Local Nash Equilibrium,
          https://arxiv.org/abs/1706.08500
    """
    real, generated = check_features(real, generated)
    return distance_of_moments(*moments(real), *moments(generated))


def frechet_distance_at_infinity(
    real: npt.ArrayLike,
    generated: npt.ArrayLike,
    num_points: int = 15,
    seed: int = 0,
) -> float:
    """Frechet distance extrapolated to infinitely many generated samples.

    The bias of `frechet_distance` falls as `1/n`. So distances at `num_points`
    sizes `n`, evenly spaced in `1/n` from a tenth of the samples to all of
    them, are drawn without replacement, and a line through them is read at
    `1/n = 0` (Chong and Forsyth, section 4). The bias of `real`, which is the
    same for all that are compared with it, remains.

    Args:
        real: array of shape `(n, d)`. Features of real images.
        generated: array of shape `(m, d)`. Features of generated ones.
        num_points: int. At least 2.
        seed: int. Which samples are drawn.

    Returns:
        float. It may be below 0, by the error of the line.

    Raises:
        ValueError: as `frechet_distance`; if there are fewer than 20 samples.

    Example:

    >>> draw = np.random.default_rng(0).normal
    >>> value = frechet_distance_at_infinity(
    ...     draw(size=(2000, 4)), draw(size=(2000, 4))
    ... )
    >>> abs(value) < 0.02
    True

    References:
        - Chong and Forsyth (2020), Effectively Unbiased FID and Inception
          Score and where to find them, https://arxiv.org/abs/1911.07023
    """
    real, generated = check_features(real, generated)
    check_positive_integer("num_points", num_points)
    if num_points < 2 or len(generated) < 20:
        raise ValueError(
            "A line needs at least two points, `num_points` >= 2, and 20 "
            f"samples. Received: num_points={num_points}, "
            f"{len(generated)} samples."
        )
    of_real = moments(real)
    generator = np.random.default_rng(seed)
    inverse_sizes = np.linspace(
        1 / len(generated), 10 / len(generated), num_points
    )
    sizes = np.round(1 / inverse_sizes).astype(int)
    distances = [
        distance_of_moments(
            *of_real,
            *moments(
                generated[generator.choice(len(generated), size, replace=False)]
            ),
        )
        for size in sizes
    ]
    return float(np.polyfit(1 / sizes, distances, deg=1)[1])


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(mean, unbiased covariance) of the rows of an array, in float64."""
    features = np.asarray(features, np.float64)
    mean = features.mean(axis=0)
    centered = features - mean
    return mean, centered.T @ centered / (len(features) - 1)


def distance_of_moments(
    mean: np.ndarray,
    covariance: np.ndarray,
    other_mean: np.ndarray,
    other_covariance: np.ndarray,
) -> float:
    """Squared Frechet distance of two Gaussians, given by their moments.

    The trace of `(C_1 C_2)^(1/2)` is the sum of the roots of the eigenvalues
    of `F' C_2 F`, where `C_1 = F F'`: a symmetric matrix, whose eigenvalues
    are real and found in a fraction of the time of a matrix root.
    """
    factor = _factor(covariance)
    eigenvalues = np.linalg.eigvalsh(factor.T @ other_covariance @ factor)
    root_trace = np.sqrt(np.maximum(eigenvalues, 0.0)).sum()
    distance = (
        np.square(mean - other_mean).sum()
        + np.trace(covariance)
        + np.trace(other_covariance)
        - 2 * root_trace
    )
    return float(max(distance, 0.0))


def _factor(covariance):
    """`F` with `F F' = C`, also where `C` is singular."""
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return vectors * np.sqrt(np.maximum(values, 0.0))


@keras.saving.register_keras_serializable("kerasgen")
class FrechetDistance(FeatureMetric):
    """Streaming `frechet_distance` of images, or of their features.

    Its state is the sums of features and of their products, in float64: of
    one size for any number of images, and added up over replicas.

    A result takes two eigenvalue problems of the width of the features, so
    that a metric that is compiled into a model, whose result Keras takes at
    every step, wants features of at most some hundreds.

    Args:
        features: keras.Model from images to `(batch, d)`, the name of a data
            set (see `feature_network`), or None where `update_state` is given
            features.
        num_features: int or None. `d`; needed where `features` is None.
        **kwargs: `name` of `keras.metrics.Metric`.

    Example:

    >>> metric = FrechetDistance(num_features=1)
    >>> metric.update_state([[0.0], [2.0]], [[3.0], [5.0]])
    >>> float(metric.result())
    9.0
    """

    def __init__(
        self,
        features: keras.Model | str | None = None,
        num_features: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(features, num_features, **kwargs)
        self._moments = [
            [
                self.add_float64((), f"{of}_count"),
                self.add_float64((self.num_features,), f"{of}_sum"),
                self._products_of(of),
            ]
            for of in ("real", "generated")
        ]

    def _products_of(self, name):
        """Bands of the sum of products, a symmetric matrix, from its diagonal
        on: TensorFlow has no product that works out half of it alone.
        """
        width = -(-self.num_features // _BANDS)
        starts = range(0, self.num_features, width)
        return [
            (
                slice(start, start + width),
                self.add_float64(
                    (
                        min(width, self.num_features - start),
                        self.num_features - start,
                    ),
                    f"{name}_products_{start}",
                ),
            )
            for start in starts
        ]

    def update_features(self, real: tf.Tensor, generated: tf.Tensor) -> None:
        for sums, features in zip(self._moments, (real, generated)):
            features = tf.cast(features, tf.float64)
            count, total, products = sums
            count.assign_add(tf.cast(tf.shape(features)[0], tf.float64))
            total.assign_add(tf.reduce_sum(features, axis=0))
            for band, variable in products:
                columns, rest = features[:, band], features[:, band.start :]
                variable.assign_add(tf.matmul(columns, rest, transpose_a=True))

    def result(self) -> tf.Tensor:
        (mean, covariance), (other_mean, other_covariance) = (
            self._mean_and_covariance(*sums) for sums in self._moments
        )
        values, vectors = tf.linalg.eigh(covariance)
        factor = vectors * tf.sqrt(tf.maximum(values, 0.0))
        product = tf.matmul(factor, other_covariance @ factor, transpose_a=True)
        eigenvalues = tf.linalg.eigvalsh(product)
        root_trace = tf.reduce_sum(tf.sqrt(tf.maximum(eigenvalues, 0.0)))
        distance = (
            tf.reduce_sum(tf.square(mean - other_mean))
            + tf.linalg.trace(covariance)
            + tf.linalg.trace(other_covariance)
            - 2 * root_trace
        )
        return tf.maximum(distance, 0.0)

    @staticmethod
    def _mean_and_covariance(count, total, products):
        """Of sums; zeros before two images were seen."""
        rows = [
            tf.pad(tf.convert_to_tensor(values), [[0, 0], [band.start, 0]])
            for band, values in products
        ]
        upper = tf.linalg.band_part(tf.concat(rows, axis=0), 0, -1)
        products = (
            upper
            + tf.transpose(upper)
            - tf.linalg.diag(tf.linalg.diag_part(upper))
        )
        mean = total / tf.maximum(count, 1.0)
        outer = mean[:, None] * mean
        covariance = (products - count * outer) / tf.maximum(count - 1, 1.0)
        return mean, covariance
