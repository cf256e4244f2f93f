"""Scores of generated images by a classifier."""

import math
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kerasgen.metrics.features import FeatureMetric
from kerasgen.metrics.features import check_feature_sets
from kerasgen.utils.arguments import check_positive_integer


def classifier_score(
    probabilities: npt.ArrayLike, num_splits: int = 10, seed: int = 0
) -> tuple[float, float]:
    """Inception-style score: `exp(E_x[KL(p(y|x) || p(y))])`.

    From 1 to the number of classes: high where the classifier is sure of each
    image and the classes are even (Salimans et al., section 4). It is the
    Inception score only with Inception's probabilities, and knows nothing of
    images of one class that are all alike.

    Args:
        probabilities: array of shape `(n, classes)`, rows that add up to 1.
        num_splits: int. The score is taken of each part of the shuffled rows.
        seed: int. Which rows go into which part.

    Returns:
        (score, deviation): floats, mean and standard deviation over parts.

    Raises:
        ValueError: if rows are no distributions or fewer than `num_splits`.

    Example:

    >>> score, deviation = classifier_score(np.eye(4), num_splits=1)
    >>> round(score, 4)
    4.0

    References:
        - Salimans et al. (2016), Improved Techniques for Training GANs,
          https://arxiv.org/abs/1606.03498
    """
    probabilities = np.asarray(probabilities, np.float64)
    check_positive_integer("num_splits", num_splits)
    if (
        probabilities.ndim != 2
        or len(probabilities) < num_splits
        or not (probabilities >= 0).all()
        or not np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-3)
    ):
        raise ValueError(
            "Argument `probabilities` must be of shape (images, classes), with "
            f"rows that add up to 1, and at least {num_splits} of them. "
            f"Received: shape {probabilities.shape}."
        )
    order = np.random.default_rng(seed).permutation(len(probabilities))
    scores = [
        _score(part)
        for part in np.array_split(probabilities[order], num_splits)
    ]
    return float(np.mean(scores)), float(np.std(scores))


def _score(probabilities):
    marginal = probabilities.mean(axis=0)
    positive = np.where(probabilities > 0, probabilities, 1.0)
    expected = np.where(marginal > 0, marginal, 1.0)
    divergences = (probabilities * np.log(positive / expected)).sum(axis=1)
    return np.exp(divergences.mean())


@keras.saving.register_keras_serializable("kerasgen")
class ClassifierScore(FeatureMetric):
    """Streaming `classifier_score` of generated images, without parts.

    Its state is the sum of the classifier's probabilities and that of their
    entropies, whatever the number of images. Real images do not enter.

    Args:
        features: keras.Model from images to probabilities of classes, the name
            of a data set (see `classifier_network`), or None where
            `update_state` is given probabilities.
        num_features: int or None. Classes; needed where `features` is None.
        **kwargs: `name` of `keras.metrics.Metric`.

    Example:

    >>> metric = ClassifierScore(num_features=2)
    >>> metric.update_state(None, [[1.0, 0.0], [0.0, 1.0]])
    >>> round(float(metric.result()), 4)
    2.0
    """

    def __init__(
        self,
        features: keras.Model | str | None = None,
        num_features: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(features, num_features, **kwargs)
        self._count = self.add_float64((), "count")
        self._sum = self.add_float64((self.num_features,), "sum")
        self._entropies = self.add_float64((), "entropies")

    direction = "up"

    @staticmethod
    def named_network(name: str) -> keras.Model:
        from kerasgen.metrics.feature_network import classifier_network

        return classifier_network(name)

    def update_state(
        self,
        y_true: npt.ArrayLike,
        y_pred: npt.ArrayLike,
        sample_weight: None = None,
    ) -> None:
        self._refuse(sample_weight)
        probabilities = tf.cast(self._features_of(y_pred), tf.float64)
        self._count.assign_add(tf.cast(tf.shape(probabilities)[0], tf.float64))
        self._sum.assign_add(tf.reduce_sum(probabilities, axis=0))
        self._entropies.assign_add(_entropy(probabilities))

    def result(self) -> tf.Tensor:
        count = tf.maximum(self._count, 1.0)
        marginal = _entropy(self._sum / count)
        return tf.exp(marginal - self._entropies / count)


def _entropy(probabilities):
    """Of all rows together, in nats."""
    return -tf.reduce_sum(tf.math.xlogy(probabilities, probabilities))


def classification_accuracy_score(
    generated: npt.ArrayLike,
    generated_labels: npt.ArrayLike,
    real: npt.ArrayLike,
    real_labels: npt.ArrayLike,
    classifier: Any = None,
) -> float:
    """Accuracy on real images of a classifier trained on generated ones.

    Near that of one trained on real images only where generated ones are true
    to their label and as varied as real ones (Ravuri and Vinyals).

    Args:
        generated: array of shape `(n, ...)`. Generated images or features.
        generated_labels: integer array of shape `(n,)`.
        real: array of shape `(m, ...)`. Held-out real images or features.
        real_labels: integer array of shape `(m,)`.
        classifier: a scikit-learn classifier or None: logistic regression on
            standardized values.

    Returns:
        float from 0 to 1.

    Raises:
        ValueError: if there are no images, their sizes differ or values are
            not finite, or as the classifier does.

    Example:

    >>> images, labels = np.array([[0.0], [1.0], [0.1], [0.9]]), [0, 1, 0, 1]
    >>> classification_accuracy_score(images, labels, images, labels)
    1.0

    References:
        - Ravuri and Vinyals (2019), Classification Accuracy Score for
          Conditional Generative Models, https://arxiv.org/abs/1905.10887
    """
    import sklearn.linear_model
    import sklearn.pipeline
    import sklearn.preprocessing

    if classifier is None:
        classifier = sklearn.pipeline.make_pipeline(
            sklearn.preprocessing.StandardScaler(),
            sklearn.linear_model.LogisticRegression(max_iter=1000),
        )
    generated, real = check_feature_sets(
        generated=_as_rows(generated), real=_as_rows(real)
    )
    classifier.fit(generated, generated_labels)
    return float(classifier.score(real, real_labels))


def _as_rows(images):
    images = np.asarray(images)
    return images.reshape(len(images), math.prod(images.shape[1:]))
