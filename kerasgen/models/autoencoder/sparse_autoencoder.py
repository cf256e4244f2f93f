"""Sparse autoencoder."""

import tensorflow as tf

from kerasgen import losses
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import in_range
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.autoencoder.autoencoder import Autoencoder
from kerasgen.models.zoo import register


@register("sparse_autoencoder")
class SparseAutoencoder(Autoencoder):
    """Sparse autoencoder: learns many features, few of them active at a time.

    Use it for features that can be looked at one by one, often more of them
    than there are pixels. Latents are in (0, 1), sigmoids of what the encoder
    returns. With `a_j`, the mean of latent j over the batch, it minimizes

    `L(x, g(f(x))) + sparsity_weight * sum_j KL(sparsity_target || a_j)`

    (section 3 of Ng's notes, where the mean is over all images), with `L` as in
    `Autoencoder` and KL between Bernoulli distributions.

    `generate` draws what the sigmoid is taken of as `Autoencoder` draws
    latents.

    `fit` and `evaluate` report `loss`, `reconstruction_loss` and
    `sparsity_loss`, the sum of the KLs in nats. The latter is a mean over
    batches, and larger where they are smaller.

    Args:
        data_shape, latent_dim, network, network_options, decoder, loss: see
            `Autoencoder`.
        encoder: `keras.Model` from `(batch, *data_shape)` to logits of latents,
            of shape `(batch, latent_dim)`. `None` builds `network`.
        sparsity_target: float in [0, 1]. How active a latent should be.
        sparsity_weight: float. Weight of the penalty.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.SparseAutoencoder(
    ...     data_shape=(8, 8, 1), latent_dim=100, seed=0
    ... )
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.encode(model.generate(3, seed=0)).shape
    (3, 100)

    References:
        - Ng (2011), Sparse Autoencoder, CS294A Lecture Notes,
          https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf
    """

    latent_activation = "sigmoid"
    # The penalty is one of mean activities.
    weighs_rows = False

    metric_names = (*Autoencoder.metric_names, "sparsity_loss")

    latent_dim = Argument(64, positive_integer)
    sparsity_target = Argument(0.05, in_range(0, 1))
    sparsity_weight = Argument(1.0, at_least(0))

    def compute_losses(self, batch, training):
        codes = self.encoded(batch.data, training)
        reconstruction_loss = self.reconstruction_loss(batch, codes, training)
        sparsity_loss = self._sparsity_loss(batch, codes)
        return {
            "loss": reconstruction_loss + self.sparsity_weight * sparsity_loss,
            "reconstruction_loss": reconstruction_loss,
            "sparsity_loss": sparsity_loss,
        }

    def _sparsity_loss(self, batch, codes):
        # The KL of a mean is no mean of rows: all replicas share this one.
        logits = batch.without_padding(tf.stack([codes, -codes], axis=1))
        rates = batch.sum_over_replicas(
            tf.reduce_sum(tf.sigmoid(logits), axis=0)
        )
        activity, inactivity = tf.unstack(rates / batch.size)
        return tf.reduce_sum(
            losses.bernoulli_kl(self.sparsity_target, activity, inactivity)
        )
