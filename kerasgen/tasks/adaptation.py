"""A classifier for a domain without labels, by translated images of another."""

import keras
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.base import ClassifierMixin
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from kerasgen.networks.check import check_built
from kerasgen.networks.frozen_classifier import check_classifier
from kerasgen.networks.frozen_classifier import uncompiled
from kerasgen.tasks.requirements import check_translates
from kerasgen.utils.arguments import check_positive_integer


def _has_probabilities(estimator):
    fitted = getattr(estimator, "classifier_", estimator.classifier)
    is_network = isinstance(fitted, keras.Model)
    return fitted is None or is_network or hasattr(fitted, "predict_proba")


class AdaptedClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of one domain that learns from labels of the other alone.

    A model between two domains translates the images of the source, whose
    labels stay; a classifier that learns from these is at home in the target
    (unsupervised domain adaptation; section 3.1 of Hoffman et al., "pixel
    level"). It is as good as translations keep the class: a translator may as
    well make one digit of another, which only labels of the target tell.

    Args:
        model: `GenerativeModel` that translates, trained on both domains.
        classifier: a scikit-learn classifier, which is given images as flat
            rows; or a compiled `keras.Model` from images of the target to
            probabilities of classes, `(batch, classes)`, functional or
            sequential, of which a copy with new weights is trained; what its
            layers were adapted to (`keras.layers.Normalization`) stays; its
            loss takes numbers of classes, as
            `sparse_categorical_crossentropy` does, and its noise follows
            `keras.utils.set_random_seed`. `None` for logistic regression.
        epochs, batch_size: int. Of the training of a `keras.Model`.
        to: str. The domain without labels: `"target"`; or `"source"`, of a
            model with a way back, whose target is then the one with labels.

    Attributes:
        classifier_: the classifier, fitted.
        classes_: array of the classes.

    Example:

    >>> import kerasgen
    >>> digits, labels = kerasgen.data.load_arrays("digits", image_size=16)
    >>> model = kerasgen.CycleGAN(
    ...     (16, 16, 1), (16, 16, 3), network_options={"filters": 4}, seed=0
    ... )
    >>> classifier = AdaptedClassifier(model).fit(digits[:50], labels[:50])
    >>> classifier.predict(np.repeat(digits[50:53], 3, axis=-1)).shape
    (3,)

    References:
        - Hoffman et al. (2018), CyCADA: Cycle-Consistent Adversarial Domain
          Adaptation, https://arxiv.org/abs/1711.03213
    """

    def __init__(
        self, model, classifier=None, epochs=5, batch_size=128, to="target"
    ):
        self.model = model
        self.classifier = classifier
        self.epochs = epochs
        self.batch_size = batch_size
        self.to = to

    def fit(self, X, y):
        """Translates images with labels, and learns from these.

        Args:
            X: images of the source, or flat rows of them; of the target, where
                `to` is the source.
            y: array of their labels.
        """
        start = check_translates(self.model, self.to)
        check_positive_integer("epochs", self.epochs)
        check_positive_integer("batch_size", self.batch_size)
        images, y = self._images(X, start), np.asarray(y)
        check_classification_targets(y)
        if y.shape != (len(images),):
            raise ValueError(
                "Argument `y` must hold one label an image. Received: y of "
                f"shape {y.shape} for {len(images)} images."
            )
        self.classes_, numbers = np.unique(y, return_inverse=True)
        translated = self.model.translate(images, to=self.to)
        if isinstance(self.classifier, keras.Model):
            self.classifier_ = self._trained(translated, numbers)
        else:
            classifier = self.classifier
            if classifier is None:
                classifier = LogisticRegression(max_iter=2000)
            self.classifier_ = clone(classifier)
            self.classifier_.fit(translated.reshape(len(y), -1), numbers)
        return self

    def predict(self, X):
        """The class of each image of the domain without labels.

        Args:
            X: array of images, or flat rows of them.
        """
        if isinstance(getattr(self, "classifier_", None), keras.Model):
            return self.classes_[self.predict_proba(X).argmax(axis=1)]
        images = self._without_labels(X)
        return self.classes_[self.classifier_.predict(_flat(images))]

    @available_if(_has_probabilities)
    def predict_proba(self, X):
        """Probabilities of `classes_`, of shape `(n, classes)`.

        There is none where the classifier has none.
        """
        images = self._without_labels(X)
        if isinstance(self.classifier_, keras.Model):
            return self.classifier_.predict(images, verbose=0)
        return self.classifier_.predict_proba(_flat(images))

    def _without_labels(self, X):
        check_is_fitted(self, "classifier_")
        return self._images(X, self.to)

    def _images(self, X, domain):
        kind, X = self.model.columns[domain], np.asarray(X)
        if X.ndim == 2 and X.shape[1] == np.prod(kind.shape):
            X = X.reshape(-1, *kind.shape)
        return kind.checked_input(X, "X")

    def _trained(self, images, numbers):
        network = self.classifier
        check_built(network, "classifier")
        wanted = None, len(self.classes_)
        # A subclassed model has none, and is refused below.
        found = getattr(network, "output_shape", wanted)
        if not network.compiled or found != wanted:
            raise ValueError(
                "Argument `classifier` must be a compiled keras.Model with one "
                f"probability a class, of shape {wanted}. Received: one of "
                f"shape {found}, compiled={network.compiled}."
            )
        shape = self.model.columns[self.to].shape
        check_classifier(network, "classifier", shape)
        copy = keras.models.clone_model(
            uncompiled(network), clone_function=_new_layer
        )
        optimizer = network.optimizer
        copy.compile(
            type(optimizer).from_config(optimizer.get_config()), network.loss
        )
        copy.fit(
            images,
            numbers,
            batch_size=self.batch_size,
            epochs=self.epochs,
            verbose=0,
        )
        return copy


def adapt(model, images, labels, classifier=None, **options):
    """`AdaptedClassifier`, fitted to labelled images of the source.

    Args:
        model, classifier, **options: see `AdaptedClassifier`.
        images, labels: what its `fit` takes.

    Returns:
        `AdaptedClassifier`, whose `predict` and `score` take images of the
        target.

    Example:

    >>> import kerasgen
    >>> digits, labels = kerasgen.data.load_arrays("digits", image_size=16)
    >>> model = kerasgen.CUT(
    ...     (16, 16, 1), (16, 16, 1), network_options={"filters": 4}, seed=0
    ... )
    >>> adapt(model, digits[:50], labels[:50]).predict(digits[50:53]).shape
    (3,)
    """
    return AdaptedClassifier(model, classifier, **options).fit(images, labels)


def _new_layer(layer):
    """One without what the layer has learned in `fit`."""
    # Nothing would teach another what `adapt` taught this one.
    if hasattr(layer, "adapt"):
        return layer
    return type(layer).from_config(layer.get_config())


def _flat(images):
    return images.reshape(len(images), -1)
