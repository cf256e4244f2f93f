"""Classes from few labels, on what a model learned without any."""

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.base import ClassifierMixin
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted
from sklearn.utils.validation import validate_data

from kerasgen.tasks.label_spreading import spread_labels
from kerasgen.tasks.latent_features import LatentFeatures
from kerasgen.tasks.model_estimator import ROW_DTYPES
from kerasgen.tasks.model_estimator import flat
from kerasgen.tasks.model_estimator import shape_of_rows


def _has_probabilities(estimator):
    fitted = getattr(estimator, "classifier_", estimator.classifier)
    return fitted is None or hasattr(fitted, "predict_proba")


class LatentClassifier(ClassifierMixin, BaseEstimator):
    """A classifier on the features of a model that is trained without labels.

    The M1 of Kingma et al.: a VAE learns from all images, a classifier from
    the latents of the few that have a label. Rows without one can teach the
    classifier too, by the labels that spread to them from their neighbours.

    Args:
        features: `LatentFeatures` or None for that of a VAE. Its model is
            trained on the images of `fit` unless it was trained before.
        classifier: a scikit-learn classifier or None: logistic regression.
        unlabeled: label or None. Rows of `y` that have this label train the
            model, and not the classifier.
        spread: bool. Whether to label them first by their neighbours among the
            latents, and train the classifier on all rows; see `spread_labels`.

    Attributes:
        features_: `LatentFeatures`, fitted.
        classifier_: the classifier, fitted.
        classes_: array of the classes.
        n_features_in_: int. Values of an image.

    Example:

    >>> import kerasgen
    >>> images, labels = kerasgen.data.load_arrays("digits")
    >>> few = np.where(np.arange(len(labels)) < 100, labels, -1)
    >>> model = kerasgen.VAE((8, 8, 1), latent_dim=8, seed=0)
    >>> classifier = LatentClassifier(LatentFeatures(model, epochs=2))
    >>> classifier.fit(images, few).predict(images[:3]).shape
    (3,)

    References:
        - Kingma et al. (2014), Semi-supervised Learning with Deep Generative
          Models, https://arxiv.org/abs/1406.5298
    """

    def __init__(
        self, features=None, classifier=None, unlabeled=-1, spread=False
    ):
        self.features = features
        self.classifier = classifier
        self.unlabeled = unlabeled
        self.spread = spread

    def fit(self, X, y):
        """Trains the features on all images, the classifier on labelled ones.

        Args:
            X: images, or flat rows of them.
            y: array of labels, `unlabeled` where there is none.
        """
        rows, y = validate_data(self, flat(X), y, dtype=ROW_DTYPES)
        X = rows.reshape(-1, *shape_of_rows(X, rows))
        check_classification_targets(y)
        known = np.ones(len(y), bool)
        if self.unlabeled is not None:
            known = y != self.unlabeled
        if not known.any():
            raise ValueError(
                "Argument `y` must hold labels of some rows. Received: only "
                f"{self.unlabeled}, which stands for no label."
            )
        features = self.features
        if features is not None and not hasattr(features, "transform"):
            raise ValueError(
                "Argument `features` must be `LatentFeatures`. Received: "
                f"{type(features).__name__}. Wrap a model: "
                "`LatentFeatures(model)`."
            )
        self.features_ = clone(
            LatentFeatures() if features is None else features
        ).fit(X)
        # As they are: scaling each would make much of latents that say nothing.
        # A forest that was not fitted has no truth value.
        classifier = self.classifier
        if classifier is None:
            classifier = LogisticRegression(max_iter=2000)
        self.classifier_ = clone(classifier)
        if self.spread:
            features = self.features_.transform(X)
            y = spread_labels(features, y, self.unlabeled)
            known = y != self.unlabeled
            features = features[known]
        else:
            features = self.features_.transform(X[known])
        self.classifier_.fit(features, y[known])
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X):
        """The class of each image."""
        latents = self._latents(X)
        return self.classifier_.predict(latents)

    @available_if(_has_probabilities)
    def predict_proba(self, X):
        """Probabilities of `classes_`, of shape `(n, classes)`.

        There is none where the classifier has none.
        """
        latents = self._latents(X)
        return self.classifier_.predict_proba(latents)

    def _latents(self, X):
        check_is_fitted(self, "classifier_")
        X = validate_data(self, flat(X), dtype=ROW_DTYPES, reset=False)
        return self.features_.transform(X)
