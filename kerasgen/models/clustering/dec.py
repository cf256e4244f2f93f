"""Deep embedded clustering."""

import keras
import numpy as np
import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import non_negative_integer
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.engine.regularization import regularization
from kerasgen.losses.reconstruction import RECONSTRUCTION_LOSSES
from kerasgen.models.autoencoder.autoencoder import Autoencoder
from kerasgen.models.clustering.two_phases import TwoPhases
from kerasgen.models.clustering.two_phases import fitted_mixture
from kerasgen.models.zoo import register
from kerasgen.utils.neighbour_map import check_umap
from kerasgen.utils.neighbour_map import umap_points

# Of the shares of clusters: at 0.99 they rest on about the last 100 batches.
_MOMENTUM = 0.99
# Latents of which a map is made, to place clusters.
_MAPPED = 20_000


@register("dec")
class DEC(TwoPhases, Autoencoder):
    """Deep embedded clustering: an encoder that learns to tell clusters apart.

    Use it to sort images into a known number of kinds without any label. An
    autoencoder is pretrained; centroids `mu` are placed among its latents; then
    encoder and centroids sharpen what they are fairly sure of. A latent `z_i`
    belongs to cluster `j` with Student's t (equation 1 of Xie et al.),

    `q_ij = (1 + |z_i - mu_j|^2)^-1 / sum_k (1 + |z_i - mu_k|^2)^-1`,

    and the loss is `KL(P || Q) = sum_i sum_j p_ij log(p_ij / q_ij)` (equation
    2), here the mean over i, to the target `p_ij`, which is `q_ij^2 / f_j`
    divided by its sum over j, `f_j = sum_i q_ij` (equation 3), through which no
    gradient flows. There P is worked out of all images now and
    then; here of each batch, with `f` as a running mean over batches, so that
    one size of state serves any number of images.

    `fit` and `evaluate` report `loss` (what is minimized),
    `reconstruction_loss`, and `clustering_loss` (0 while pretraining).
    `predict` gives clusters; whether they are what a person would call kinds is
    for labels to tell.

    The paper pretrains layer by layer and takes SGD; here all layers are
    pretrained at once, and both phases take Adam.

    Args:
        data_shape: see `Autoencoder`.
        latent_dim: int. 10 in the paper.
        num_clusters: int. Clusters to find.
        pretraining_epochs: int. Epochs of `fit` before there are clusters.
        initialization: str. Where centroids start: `"kmeans"`, as in the
            paper, or `"umap"`, the means of the clusters of a map of the
            latents, which needs `umap-learn` and starts nearer to what people
            call kinds.
        **kwargs: Other arguments of `Autoencoder`. The loss defaults to
            `"squared_error"`, and dense networks to the paper's units, 500,
            500 and 2,000.

    Example:

    >>> import kerasgen
    >>> images, _ = kerasgen.data.load_arrays("digits")
    >>> model = kerasgen.DEC((8, 8, 1), pretraining_epochs=1, seed=0)
    >>> model.compile()
    >>> history = model.fit(images, epochs=2, verbose=0)
    >>> model.predict(images).shape
    (1437,)

    References:
        - Xie et al. (2016), Unsupervised Deep Embedding for Clustering
          Analysis, https://arxiv.org/abs/1511.06335
    """

    renamed_arguments = {"placement": "initialization"}

    metric_names = ("loss", "reconstruction_loss", "clustering_loss")

    latent_dim = Argument(10, positive_integer)
    num_clusters = Argument(10, positive_integer)
    pretraining_epochs = Argument(50, non_negative_integer)
    initialization = Argument("kmeans", one_of("kmeans", "umap"))
    loss = Argument(
        "squared_error",
        optional(one_of(*RECONSTRUCTION_LOSSES)),
        attribute="reconstruction",
    )

    def build_networks(self):
        super().build_networks()
        self.centroids = self.add_weight(
            name="centroids",
            shape=(self.num_clusters, self.latent_dim),
            dtype="float32",
            initializer="zeros",
        )
        self.frequencies = self.add_weight(
            name="frequencies",
            shape=(self.num_clusters,),
            dtype="float32",
            initializer="ones",
            trainable=False,
            aggregation="only_first_replica",
        )

    def compile(self, optimizer=None, clustering_optimizer=None, **options):
        """Configures training.

        Args:
            optimizer: `keras.Optimizer` or its name, for the pretraining.
                Defaults to `Adam(1e-3)`.
            clustering_optimizer: the same, for encoder and centroids (and the
                decoder of IDEC). Defaults to `Adam(1e-4)`.
            **options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`.
        """
        adam = keras.optimizers.Adam
        self.compile_optimizers(
            {
                "optimizer": (optimizer or adam(1e-3), self._network_weights()),
                "clustering_optimizer": (
                    clustering_optimizer or adam(1e-4),
                    self._clustering_weights(),
                ),
            },
            **options,
        )

    def _network_weights(self):
        return (
            self.encoder.trainable_variables + self.decoder.trainable_variables
        )

    def _clustering_weights(self):
        """What the second phase trains."""
        return [*self.encoder.trainable_variables, self.centroids]

    def callbacks_of_fit(self, x, epochs, held_out):
        # A model that is only used, or whose clusters are placed, does
        # without the package.
        if self.initialization == "umap" and not self.has_clusters:
            check_umap()
        return super().callbacks_of_fit(x, epochs, held_out)

    @property
    def loss_weights(self):
        """What the loss has of the reconstruction and the clustering loss."""
        return 0.0, 1.0

    def take_step(self, batch):
        with tf.GradientTape() as tape:
            values, assignment = self._phase_losses(batch, training=True)
            loss = values["loss"] + regularization(self)
        if self.is_clustering:
            optimizer = self.clustering_optimizer
            self.minimize(loss, tape, optimizer, self._clustering_weights())
            self._count(assignment, batch)
        else:
            self.minimize(loss, tape, self.optimizer, self._network_weights())
        codes = self.encoded(batch.data, training=False)
        self.code_density.update(codes, batch)
        return values

    def compute_losses(self, batch, training):
        values, _ = self._phase_losses(batch, training)
        return values

    def _phase_losses(self, batch, training):
        """The losses of a step by their names, and q where there is one."""
        codes = self.encoded(batch.data, training)
        reconstruction = self.reconstruction_loss(batch, codes, training)
        if not self.is_clustering:
            return {
                "loss": reconstruction,
                "reconstruction_loss": reconstruction,
                "clustering_loss": tf.zeros(()),
            }, None
        assignment = self.cluster_probabilities(self.latents_of(codes))
        clustering = batch.mean(self._divergence(assignment))
        weights = self.loss_weights
        return {
            "loss": weights[0] * reconstruction + weights[1] * clustering,
            "reconstruction_loss": reconstruction,
            "clustering_loss": clustering,
        }, assignment

    def _divergence(self, assignment):
        """`KL(P || Q)` of each row, in nats: equations 2 and 3."""
        target = tf.square(assignment) / self.frequencies
        target /= tf.reduce_sum(target, axis=1, keepdims=True)
        target = tf.stop_gradient(target)
        return tf.reduce_sum(
            tf.math.xlogy(target, target)
            - target * tf.math.log(tf.maximum(assignment, 1e-12)),
            axis=1,
        )

    def _count(self, assignment, batch):
        """Moves the shares of clusters towards those of a step."""
        rows = tf.stop_gradient(batch.without_padding(assignment))
        share = (
            batch.sum_over_replicas(tf.reduce_sum(rows, axis=0)) / batch.size
        )
        self.frequencies.assign(
            _MOMENTUM * self.frequencies + (1 - _MOMENTUM) * share
        )

    def cluster_probabilities(self, latents):
        """`q_ij` of each latent, equation 1."""
        distances = tf.reduce_sum(
            tf.square(latents[:, None] - self.centroids), axis=2
        )
        similarity = 1.0 / (1.0 + distances)
        return similarity / tf.reduce_sum(similarity, axis=1, keepdims=True)

    def _place_clusters(self, latents):
        if self.initialization == "umap":
            centroids = _centroids_by_map(latents, self.num_clusters, self.seed)
        else:
            import sklearn.cluster

            found = sklearn.cluster.KMeans(
                self.num_clusters, n_init=20, random_state=self.seed
            ).fit(latents)
            centroids = found.cluster_centers_
        self.centroids.assign(centroids)
        assignment = self.cluster_probabilities(tf.constant(latents))
        self.frequencies.assign(tf.reduce_mean(assignment, axis=0))


def _centroids_by_map(latents, num_clusters, seed):
    """Means of the clusters that a mixture finds on a map of latents."""
    generator = np.random.default_rng(seed)
    selected = generator.permutation(len(latents))[:_MAPPED]
    points = umap_points(latents[selected], seed or 0)
    found = fitted_mixture(points, num_clusters, seed)
    shares = found.predict_proba(points)
    return shares.T @ latents[selected] / shares.sum(axis=0)[:, None]
