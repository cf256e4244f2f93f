"""Latents of images, as a scikit-learn transformer."""

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.base import TransformerMixin

from kerasgen.engine.finite import check_weights
from kerasgen.engine.finite import checked_values
from kerasgen.tasks.features_of_gan import discriminator_features
from kerasgen.tasks.model_estimator import ModelEstimator


class LatentFeatures(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ModelEstimator
):
    """Turns images into what a model has learned of them.

    The means of a VAE, the codes of an autoencoder, the latents of BiGAN's
    encoder; of a GAN without one the last hidden layer of its discriminator, or
    any other (Radford et al., section 5.1), and of InfoGAN the codes that it
    sees in an image.

    Args:
        model: `GenerativeModel` without classes, or the name of one. One that
            was not trained is trained by `fit`.
        layer: str or None. A layer of the discriminator whose outputs are
            taken, for GANs.
        model_options, epochs, batch_size, seed, verbose: see
            `kerasgen.tasks.model_estimator.ModelEstimator`.

    Attributes:
        model_: `GenerativeModel`, trained.
        n_features_in_: int. Values of an image.

    Example:

    >>> import kerasgen
    >>> import sklearn.cluster, sklearn.pipeline
    >>> images, _ = kerasgen.data.load_arrays("digits")
    >>> clusters = sklearn.pipeline.make_pipeline(
    ...     LatentFeatures(kerasgen.VAE((8, 8, 1), latent_dim=8), epochs=2),
    ...     sklearn.cluster.KMeans(10, random_state=0),
    ... )
    >>> clusters.fit_predict(images).shape
    (1437,)

    References:
        - Radford et al. (2016), Unsupervised Representation Learning with Deep
          Convolutional GANs, https://arxiv.org/abs/1511.06434
    """

    def __init__(
        self,
        model="vae",
        layer=None,
        model_options=None,
        epochs=20,
        batch_size=128,
        seed=0,
        verbose=0,
    ):
        super().__init__(
            model, model_options, epochs, batch_size, seed, verbose
        )
        self.layer = layer

    def fit(self, X, y=None):
        """Trains the model on images, unless it was trained already."""
        images = self._fit_model(X)
        self._n_features_out = self._features(images[:1]).shape[1]
        return self

    def transform(self, X):
        """Images, or flat rows of them -> array of shape `(n, features)`."""
        return self._features(self._checked(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _check_model(self):
        self._network = self._feature_network()

    def _feature_network(self):
        """A network to a layer of the discriminator, or `None` for none."""
        model = self.model_
        if not model.can("discriminate"):
            if self.layer is not None:
                raise ValueError(
                    "Argument `layer` must be None: it names a layer of a "
                    f"GAN's discriminator. Received: layer={self.layer!r} for "
                    f"{type(model).__name__}."
                )
            return None
        if self.layer is None and _own_features(model) is not None:
            return None
        return discriminator_features(model, self.layer)

    def _features(self, images):
        model = self.model_
        check_weights(model)
        if self._network is None:
            features = model.call_endpoint(_own_features(model), images)
        else:
            inputs = images
            if model.can("encode"):
                inputs = [images, model.encode(images)]
            features = self._network.predict(
                inputs, batch_size=self.batch_size, verbose=0
            )
        features = np.reshape(features, (len(images), -1))
        return checked_values(model, features)


def _own_features(model):
    """The endpoint that gives what a model has learned of data, or `None`."""
    return next(filter(model.can, ("features", "encode")), None)
