"""Variational autoencoder."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.data.endpoint_kinds import Latents
from kerasgen.data.endpoint_kinds import Seeds
from kerasgen.data.endpoint_kinds import Values
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.latent_variable_model import LatentVariableModel
from kerasgen.models.vae import importance_weighting
from kerasgen.models.vae.pixel_likelihood import PixelLikelihood
from kerasgen.models.zoo import register
from kerasgen.networks import check_network

# What `posterior` returns.
POSTERIOR = ("mean", "log_variance")


@register("vae")
class VAE(PixelLikelihood, LatentVariableModel):
    """Variational autoencoder: learns latents, draws smooth, varied images.

    Use it where a latent for each image, a likelihood, or training that drops
    no modes matters more than sharpness. It minimizes the negative of the
    evidence lower bound (equation 3 of Kingma and Welling, for `beta` = 1),

    `-E_q(z|x)[log p(x|z)] + beta * KL(q(z|x) || p(z))`,

    with a diagonal Gaussian `q`, a standard normal `p(z)`, one sample of `z` by
    the reparameterization trick, and the closed-form KL of their appendix B.

    `fit` and `evaluate` report, in nats an image: `loss` (what is minimized,
    without regularization losses of your own layers),
    `reconstruction_loss`, `kl_loss`, and `elbo` (`beta` = 1, no annealing).

    Args:
        data_shape: tuple of int. `(height, width, channels)`, or `(length,)`
            for rows of any finite numbers.
        latent_dim: int. Length of a latent vector.
        network: str. `"mlp"` (the paper's kind), `"dcgan"` or `"resnet"`.
        network_options: dict. Options of the network, such as
            `{"hidden_units": (500,)}` or `{"filters": 32}`.
        encoder: `keras.Model` from `(batch, *data_shape)` to
            `(batch, 2 * latent_dim)`, means and log-variances side by side.
            `None` builds `network`.
        decoder: `keras.Model` from `(batch, latent_dim)` to
            `(batch, *data_shape)`: logits for the Bernoulli likelihood, means
            for the others. `None` builds `network`.
        likelihood: str. `"bernoulli"`, `"gaussian"` (a density) or
            `"discretized_logistic"` (256 levels); the latter two learn one
            scale for all pixels. Defaults to `"bernoulli"` for images and
            `"gaussian"` for rows.
        binarization: `None`, `"dynamic"` (pixels are drawn anew as 0 or 1 with
            their grey value as probability, as in likelihood benchmarks on
            MNIST) or `"threshold"` (1 from 0.5 on).
        beta: float. Weight of the KL term.
        kl_annealing_steps: int. Steps over which that weight grows from 0 to
            `beta`. 0 for none.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.VAE(data_shape=(8, 8, 1), latent_dim=4, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Kingma and Welling (2014), Auto-Encoding Variational Bayes,
          https://arxiv.org/abs/1312.6114
    """

    has_encoder = True
    weighs_rows = True
    metric_names = ("loss", "reconstruction_loss", "kl_loss", "elbo")

    latent_dim = Argument(16, positive_integer)
    network = LatentVariableModel.network
    network_options = LatentVariableModel.network_options
    encoder = NetworkArgument()
    decoder = NetworkArgument()
    beta = Argument(1.0, at_least(0))
    kl_annealing_steps = Argument(0, at_least(0))

    def build_networks(self):
        encoder_inputs, decoder_inputs = self._input_shapes()
        self.encoder = self.build_network(
            "encoder",
            self._encoder_options(),
            data_shape=encoder_inputs,
            num_outputs=2 * self.latent_dim,
        )
        self.decoder = self.build_network(
            "decoder",
            data_shape=self.data_shape,
            latent_dim=decoder_inputs[0],
        )
        check_network(
            self.encoder, "encoder", encoder_inputs, (2 * self.latent_dim,)
        )
        check_network(
            self.decoder,
            "decoder",
            decoder_inputs,
            self.data_shape,
            refused=self.refused_activations(),
        )

    def _encoder_options(self):
        """Options of a built encoder, where its kind of network has them."""
        return {}

    def _input_shapes(self):
        """What the encoder and the decoder take."""
        return self.data_shape, (self.latent_dim,)

    @property
    def decoding_network(self):
        return self.decoder

    @staticmethod
    def default_optimizer():
        # Adam is what its authors took later (Kingma and Ba 2015, section
        # 6.4), the rate is ours.
        return keras.optimizers.Adam(1e-3)

    def call(self, inputs, training=False):
        """Images, or (images, labels) -> reconstructions from the mean."""
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(inputs)
        if labels is not None:
            labels = tf.reshape(tf.cast(labels, tf.int32), [-1])
        mean, _ = self.posterior(images, labels, training)
        return self.mean_of(self.decoder_outputs(mean, labels, training))

    # === Distributions ===

    def posterior(self, images, labels=None, training=False):
        """Mean and log-variance of q(z|x), of shape `(batch, latent_dim)`."""
        outputs = tf.cast(self.encoder(images, training=training), tf.float32)
        mean, log_variance = tf.split(outputs, 2, axis=-1)
        return mean, losses.bounded_log_variance(log_variance)

    def decoder_outputs(self, latents, labels=None, training=False):
        """What `p(x|z)` is made of: logits or means."""
        return self.decoder(latents, training=training)

    def log_prior(self, latents):
        """`log p(z)` in nats, of shape `(batch,)`."""
        return losses.gaussian_log_likelihood(latents, 0.0, 0.0)

    def log_posterior(self, latents, mean, log_variance):
        """`log q(z|x)` in nats, of shape `(batch,)`."""
        return losses.gaussian_log_likelihood(latents, mean, 0.5 * log_variance)

    def kl(self, latents, mean, log_variance):
        """`KL(q(z|x) || p(z))` in nats, or its estimate from `latents`."""
        return losses.gaussian_kl(mean, log_variance)

    # === Losses ===

    def compute_losses(self, batch, training):
        images = self.binarized_data(batch)
        mean, log_variance = self.posterior(images, batch.labels, training)
        # The reparameterization trick, their section 2.4.
        epsilon = batch.normal((self.latent_dim,))
        latents = mean + tf.exp(0.5 * log_variance) * epsilon
        outputs = self.decoder_outputs(latents, batch.labels, training)
        reconstruction_loss = -batch.mean(
            self.log_likelihood_of(images, outputs)
        )
        penalty, values = self.penalty(batch, latents, mean, log_variance)
        return {
            "loss": reconstruction_loss + penalty,
            "reconstruction_loss": reconstruction_loss,
            "elbo": -(reconstruction_loss + values["kl_loss"]),
            **values,
        }

    def penalty(self, batch, latents, mean, log_variance):
        """What the loss adds to the reconstruction loss, and its metrics."""
        kl_loss = batch.mean(self.kl(latents, mean, log_variance))
        return self._kl_weight() * kl_loss, {"kl_loss": kl_loss}

    def _kl_weight(self):
        if not self.kl_annealing_steps:
            return self.beta
        steps = tf.cast(self._annealed_steps(), tf.float32)
        return self.beta * tf.minimum(steps / self.kl_annealing_steps, 1.0)

    def _annealed_steps(self):
        """Steps of training since the KL divergence has been in the loss."""
        return self.training_steps.value

    # === Images and latents ===

    def log_likelihood(
        self,
        images,
        num_samples=100,
        binarization="model",
        seed=None,
        batch_size=5000,
        labels=None,
        verbose=0,
    ):
        """Estimates `log p(x)` from below, by importance weighting.

        The bound `log 1/k sum_k p(x|z_k) p(z_k) / q(z_k|x)`, with `z_k` from
        `q(z|x)`, of equation 8 of Burda et al. (2016): the evidence lower bound
        for one sample, and closer to `log p(x)` the more there are.

        Args:
            images: float array of shape `(n, *data_shape)`.
            num_samples: int. Samples an image; papers report 5,000.
            binarization: `"model"` for the model's own, or one of those:
                `None`, `"dynamic"` (each image is drawn once), `"threshold"`.
            seed: int or `None` for a fresh one. Sample `j` of image `i`, and
                its pixels, are functions of (`seed`, `i`, `j`) alone.
            batch_size: int. Samples decoded at a time; at least 100 are.
            labels: int, or int array of shape `(n,)`, where the model has
                classes.
            verbose: int. 1 for a progress bar.

        Returns:
            float32 array of shape `(n,)`, in nats.
        """
        return importance_weighting.log_likelihood(
            self,
            images,
            num_samples,
            binarization,
            seed,
            batch_size,
            labels,
            verbose,
        )

    def log_likelihood_from_seeds(self, images, seeds, *labels):
        """`log_likelihood` of 16 samples by rows of seeds; tensors."""
        return importance_weighting.log_likelihood_from_seeds(
            self, images, seeds, *labels
        )

    def data_from_latents(self, latents, labels=None):
        with self.averaged_weights():
            return self.mean_of(self.decoder_outputs(latents, labels))

    def latents_from_data(self, data, labels=None):
        with self.averaged_weights():
            mean, _ = self.posterior(data, labels)
        return mean

    def endpoints(self):
        data = {self.kind.served_as: self.kind}
        labels = self._label_inputs()
        length = (self.latent_dim,)
        return {
            **super().endpoints(),
            "log_likelihood": Endpoint(
                self.log_likelihood_from_seeds,
                {**data, "seeds": Seeds(), **labels},
                {"log_likelihood": Values()},
            ),
            "posterior": Endpoint(
                lambda *rows: dict(zip(POSTERIOR, self.posterior(*rows))),
                {**data, **labels},
                dict.fromkeys(POSTERIOR, Values(length)),
                is_served=False,
            ),
            "log_prior": Endpoint(
                self.log_prior,
                {"latents": Latents(length)},
                {"log_prior": Values()},
                is_served=False,
            ),
        }
