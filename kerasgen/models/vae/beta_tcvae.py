"""Beta-TCVAE."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.engine import training_data
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.vae.vae import VAE
from kerasgen.models.zoo import register


@register("beta_tcvae")
class BetaTCVAE(VAE):
    """Beta-TCVAE: learns independent latents at less cost than beta-VAE.

    Use it where each latent should stand for one trait of the images, and
    `BetaVAE` leaves them too blurred: of the KL term it weighs only the total
    correlation, the part that says how far latents depend on each other. It
    minimizes the negative of equation 4 of Chen et al. with their alpha and
    gamma at 1,

    `-E_q(z|x)[log p(x|z)] + I(z; x) + beta * KL(q(z) || prod_j q(z_j))
    + sum_j KL(q(z_j) || p(z_j))`,

    whose last three terms add up to the KL term of `VAE` for a `beta` of 1.
    The aggregate posterior `q(z)` is estimated from the images of a batch, by
    the paper's minibatch stratified sampling: larger batches estimate it
    better. `kl_annealing_steps` lets `beta` grow from 0.

    `fit` and `evaluate` report, in nats an image: `loss` (what is minimized),
    `reconstruction_loss`, `kl_loss`, of which `mutual_information`,
    `total_correlation` and `dimension_wise_kl` are the parts, and `elbo`.

    Args:
        data_shape: see `VAE`.
        latent_dim: see `VAE`.
        beta: float. Weight of the total correlation.
        dataset_size: int. Images in the training data, whose logarithm bounds
            the mutual information. `None` lets `fit` count them, to within a
            batch where they come in batches; it must be given for data of
            unknown length.
        **kwargs: Other arguments of `VAE`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.BetaTCVAE((8, 8, 1), latent_dim=4, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Chen et al. (2018), Isolating Sources of Disentanglement in
          Variational Autoencoders, https://arxiv.org/abs/1802.04942
    """

    # Densities are estimated from the whole batch.
    weighs_rows = False
    metric_names = (
        *VAE.metric_names,
        "mutual_information",
        "total_correlation",
        "dimension_wise_kl",
    )

    latent_dim = Argument(16, positive_integer)
    beta = Argument(6.0, at_least(0))
    dataset_size = Argument(None, optional(positive_integer))

    def build_networks(self):
        super().build_networks()
        # A variable, so that a saved model knows what `fit` has counted.
        self._num_images = self.add_weight(
            name="num_images",
            shape=(),
            dtype="int32",
            initializer=keras.initializers.Constant(self.dataset_size or 0),
            trainable=False,
            aggregation="only_first_replica",
        )

    def callbacks_of_fit(self, x, epochs, held_out):
        if self.dataset_size is not None:
            return []
        # Called after `fit` has looked at the images.
        count = keras.callbacks.LambdaCallback(
            on_train_begin=lambda logs: self._num_images.assign(
                training_data.num_kept(_number_of_images(x), held_out)
            )
        )
        return [count]

    def penalty(self, batch, latents, mean, log_variance):
        rows = batch.row_numbers
        log_weights = losses.stratified_log_weights(
            rows, batch.num_rows, self._num_images.value
        )
        parts = losses.kl_decomposition(
            batch.without_padding(latents),
            batch.of_all_replicas(mean),
            batch.of_all_replicas(log_variance),
            rows,
            log_weights,
        )
        # Not by `+`: of three terms TensorFlow makes one operation, and the
        # order that it adds in depends on which are no longer used elsewhere.
        parts = tf.stack([batch.mean(part) for part in parts])
        weights = tf.stack([1.0, self._kl_weight(), 1.0])
        information, correlation, dimension_wise = tf.unstack(parts)
        return tf.reduce_sum(weights * parts), {
            "kl_loss": tf.reduce_sum(parts),
            "mutual_information": information,
            "total_correlation": correlation,
            "dimension_wise_kl": dimension_wise,
        }


def _number_of_images(data):
    """How many images there are, to within a batch."""
    if training_data.is_array(data):
        return len(data)
    try:
        num_batches = len(data)
    except TypeError as error:
        raise ValueError(
            "Argument `dataset_size` must be an integer for data of unknown "
            "length. Received: dataset_size=None. Pass how many images there "
            "are."
        ) from error
    is_data_set = isinstance(data, tf.data.Dataset)
    batch = next(iter(data.take(1))) if is_data_set else data[0]
    images, _, _ = keras.utils.unpack_x_y_sample_weight(batch)
    return num_batches * len(images)
