"""Training of a clustering model: a phase without clusters, one with them."""

import warnings

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data.batch_source import is_endless
from kerasgen.data.endpoint_kinds import Values
from kerasgen.engine import training_data
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import non_negative_integer
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.endpoints import Endpoint


class TwoPhases:
    """A model with an encoder that `fit` trains in two phases.

    In the first `pretraining_epochs` epochs it is what its parent is. Then
    clusters are placed among the latents of all training images, once, and are
    trained along with the networks. A mixin; a
    subclass says how clusters are placed (`_place_clusters`) and how probable
    each is for a latent (`cluster_probabilities`).
    """

    # Clusters are placed among all images alike.
    weighs_rows = False
    # Averages would be of both phases, and of clusters before they were placed.
    averaging_optimizers = ()

    num_clusters = Argument(10, positive_integer)
    pretraining_epochs = Argument(20, non_negative_integer)

    # Dense networks default to the units of the papers.
    network_defaults = {"hidden_units": (500, 500, 2000)}

    def build_networks(self):
        super().build_networks()
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

    def callbacks_of_fit(self, x, epochs, held_out):
        """The one that places clusters, between the two phases.

        `epochs` of `fit` counts those of both. `x` must be an array or a data
        set that can be gone through again, for the clusters are placed among
        all its images.
        """
        images = x
        if training_data.is_array(x):
            images = x[: training_data.num_kept(len(x), held_out)]
        elif not isinstance(
            x, (tf.data.Dataset, keras.utils.PyDataset)
        ) or is_endless(x):
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
                stacklevel=5,  # Of who called `fit`.
            )
        return [_PlaceClusters(images)]

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
            self.compiled_for.clear()

    def start_clustering(self, images):
        """Places the clusters; what is compiled is made anew.

        Args:
            images: array, or data set of batches, of training images.
        """
        batches = training_data.data_in_batches(images, self)
        latents = np.concatenate([self.encode(batch) for batch in batches])
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
        x = self.kind.check(x, "x")
        return self.call_in_batches(
            "probabilities", self.probabilities_from_data, batch_size, x
        )

    def probabilities_from_data(self, data):
        """Data -> probabilities of clusters; tensors, no randomness."""
        return self.cluster_probabilities(self.latents_from_data(data))

    def endpoints(self):
        """Those of the parent, and `assign`: data to their clusters.

        There is no `assign` before clusters were placed.
        """
        table = super().endpoints()
        if self.has_clusters:
            last = self.num_clusters - 1
            table["assign"] = Endpoint(
                self._clusters_and_probabilities,
                {self.kind.served_as: self.kind},
                {
                    "clusters": Values((), "int32", (0, last)),
                    "probabilities": Values(
                        (self.num_clusters,), bounds=(0, 1)
                    ),
                },
            )
        return table

    def _clusters_and_probabilities(self, data):
        probabilities = self.probabilities_from_data(data)
        clusters = tf.argmax(probabilities, axis=1, output_type=tf.int32)
        return {"clusters": clusters, "probabilities": probabilities}


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
