"""Training of a clustering model: a phase without clusters, one with them."""

import warnings

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data.validation import check_images
from kerasgen.models import training_data
from kerasgen.utils.arguments import check_count
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.pixels import to_float


class TwoPhases:
    """A `GenerativeModel` with an encoder that `fit` trains in two phases.

    In the first `pretraining_epochs` epochs it is what its parent is. Then
    clusters are placed among the latents of all training images, once, and are
    trained along with the networks. A mixin: `_set_phases` is to be called by
    `__init__`, after that of the parent; a subclass says how clusters are
    placed (`_place_clusters`) and how probable each is for a latent
    (`cluster_probabilities`).
    """

    # Clusters are placed among all images alike.
    weighs_rows = False

    def _set_phases(self, num_clusters, pretraining_epochs):
        check_positive_integer("num_clusters", num_clusters)
        check_count("pretraining_epochs", pretraining_epochs)
        self.num_clusters = int(num_clusters)
        self.pretraining_epochs = int(pretraining_epochs)
        # The step of training at which clusters were placed; -1 before.
        self.placed_at = self.add_weight(
            name="placed_at",
            shape=(),
            dtype="int64",
            initializer=keras.initializers.Constant(-1),
            trainable=False,
            aggregation="only_first_replica",
        )
        self.is_clustering = False

    @property
    def has_clusters(self):
        """Whether clusters were placed."""
        return int(self.placed_at.numpy()) >= 0

    def _place_clusters(self, latents):
        """Sets the clusters from latents, an array of all training images."""
        raise NotImplementedError

    def cluster_probabilities(self, latents):
        """Latents -> probabilities of clusters, `(batch, num_clusters)`."""
        raise NotImplementedError

    # === Fit ===

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        **kwargs,
    ):
        """Pretrains, places the clusters, and trains with them, in one call.

        Takes what `GenerativeModel.fit` takes; `epochs` counts those of both
        phases. `x` must be an array or a data set that can be gone through
        again, for the clusters are placed among all its images.
        """
        images = x
        if training_data.is_array(x):
            if validation_split and validation_data is None:
                kept = training_data.num_kept(len(x), validation_split)
                images = x[:kept]
        elif not isinstance(
            x, (tf.data.Dataset, keras.utils.PyDataset)
        ) or training_data.is_endless(x):
            raise ValueError(
                "Argument `x` must be an array or a data set with an end, to "
                "place clusters among all its images. Received: x of type "
                f"{type(x).__name__}."
            )
        if epochs <= self.pretraining_epochs and not self.has_clusters:
            warnings.warn(
                f"{type(self).__name__} has no clusters after this call of "
                f"`fit`: they are placed after {self.pretraining_epochs} "
                f"epochs of it (`pretraining_epochs`), and epochs={epochs}.",
                stacklevel=2,
            )
        return super().fit(
            x,
            y,
            batch_size,
            epochs,
            verbose,
            training_data.with_callbacks(callbacks, _PlaceClusters(images)),
            validation_split,
            validation_data,
            shuffle,
            **kwargs,
        )

    # Weights tell the phase, so that it is saved; a trace needs it as a bool.

    def make_train_function(self, force=False):
        self._follow_phase()
        return super().make_train_function(force)

    def make_test_function(self, force=False):
        self._follow_phase()
        return super().make_test_function(force)

    def _follow_phase(self):
        """Drops what was traced in another phase than the weights are of."""
        if self.has_clusters != self.is_clustering:
            self.is_clustering = self.has_clusters
            self.train_function = self.test_function = None
            self.functions_of.clear()

    def start_clustering(self, images):
        """Places the clusters; what is compiled is made anew.

        Args:
            images: array, or data set of batches, of training images.
        """
        if training_data.is_array(images):
            latents = self.encode(images)
        else:
            latents = np.concatenate(
                [self.encode(_images_of(batch)) for batch in images]
            )
        if len(latents) < self.num_clusters:
            raise ValueError(
                f"Argument `x` must hold at least {self.num_clusters} images, "
                f"one a cluster. Received: {len(latents)}."
            )
        self._place_clusters(latents)
        self.placed_at.assign(self.training_steps)
        self.make_train_function()

    # === Clusters ===

    def predict(self, x, batch_size=256, **_):
        """The cluster of each image.

        Args:
            x: float array of shape `(n, *data_shape)` in [0, 1].
            batch_size: int. Images at a time.

        Returns:
            int32 array of shape `(n,)`, from 0 to `num_clusters - 1`.

        Raises:
            RuntimeError: if clusters were not placed yet.
        """
        return self.predict_proba(x, batch_size).argmax(axis=1).astype("int32")

    def predict_proba(self, x, batch_size=256):
        """The probability of each cluster for each image.

        Args:
            x: float array of shape `(n, *data_shape)` in [0, 1].
            batch_size: int. Images at a time.

        Returns:
            float32 array of shape `(n, num_clusters)`.

        Raises:
            RuntimeError: if clusters were not placed yet.
        """
        if not self.has_clusters:
            raise RuntimeError(
                "There are no clusters yet: they are placed after "
                f"{self.pretraining_epochs} epochs. Call `fit` with more "
                "epochs than `pretraining_epochs`."
            )
        x = check_images(x, self.data_shape, "x")
        return self._in_batches("probabilities_from_images", batch_size, x)

    def probabilities_from_images(self, images):
        """Images -> probabilities of clusters; tensors, no randomness."""
        return self.cluster_probabilities(self.latents_from_images(images))

    def signatures(self):
        """Those of the parent, and `assign`: images to their clusters.

        There is no `assign` before clusters were placed.
        """
        if not self.has_clusters:
            return super().signatures()
        images = tf.TensorSpec((None, *self.data_shape), tf.float32, "images")

        def assign(images):
            probabilities = self.probabilities_from_images(images)
            clusters = tf.argmax(probabilities, axis=1, output_type=tf.int32)
            return {"clusters": clusters, "probabilities": probabilities}

        return {**super().signatures(), "assign": (assign, [images])}

    def get_config(self):
        return {
            **super().get_config(),
            "num_clusters": self.num_clusters,
            "pretraining_epochs": self.pretraining_epochs,
        }


def _images_of(batch):
    """The images of a batch as floats, the darkest batch of bytes too."""
    images = batch[0] if isinstance(batch, tuple) else batch
    return to_float(tf.convert_to_tensor(images)).numpy()


class _PlaceClusters(keras.callbacks.Callback):
    """Starts the second phase when the first is over."""

    def __init__(self, images):
        super().__init__()
        self.images = images

    def on_epoch_begin(self, epoch, logs=None):
        model = self.model
        if epoch >= model.pretraining_epochs and not model.has_clusters:
            model.start_clustering(self.images)
        else:
            # A backup that was restored may be of the other phase.
            model.make_train_function()


def fitted_mixture(latents, num_clusters, seed):
    """A Gaussian mixture of latents, the likeliest of ten fits.

    Args:
        latents: array of shape `(n, latent_dim)`.
        num_clusters: int. Components, each with a covariance of its own.
        seed: int.

    Returns:
        `sklearn.mixture.GaussianMixture`.
    """
    import sklearn.mixture

    return sklearn.mixture.GaussianMixture(
        num_clusters, n_init=10, reg_covar=1e-4, random_state=seed
    ).fit(np.asarray(latents, np.float64))
