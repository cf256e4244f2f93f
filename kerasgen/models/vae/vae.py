"""Variational autoencoder."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.models.generative_model import GenerativeModel
from kerasgen.models.regularization import regularization
from kerasgen.networks import check_network
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_range

LIKELIHOODS = ("bernoulli", "gaussian", "discretized_logistic")
BINARIZATIONS = (None, "dynamic", "threshold")


@keras.saving.register_keras_serializable("kerasgen")
class VAE(GenerativeModel):
    """Variational autoencoder: learns latents, draws smooth, varied images.

    Use it where a latent for each image, a likelihood, or training that never
    collapses matters more than sharpness. It minimizes the negative of the
    evidence lower bound (equation 3 of Kingma and Welling),

    `-E_q(z|x)[log p(x|z)] + beta * KL(q(z|x) || p(z))`,

    with a diagonal Gaussian `q`, a standard normal `p(z)`, one sample of `z` by
    the reparameterization trick, and the closed-form KL of their appendix B.

    `fit` and `evaluate` report, in nats an image: `loss` (what is minimized,
    but for penalties of the user's own layers),
    `reconstruction_loss`, `kl_loss`, and `elbo` (`beta` = 1, no annealing).

    Args:
        data_shape: tuple of int. `(height, width, channels)`, or `(length,)`
            for rows of any finite numbers.
        latent_dim: int. Length of a latent vector.
        network: str. `"mlp"` (the paper's kind) or `"dcgan"`.
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

    def __init__(
        self,
        data_shape,
        latent_dim=16,
        network=None,
        network_options=None,
        encoder=None,
        decoder=None,
        likelihood=None,
        binarization=None,
        beta=1.0,
        kl_annealing_steps=0,
        seed=None,
        **kwargs,
    ):
        super().__init__(
            data_shape, latent_dim, network, network_options, seed, **kwargs
        )
        if likelihood is None:
            likelihood = "bernoulli" if len(data_shape) == 3 else "gaussian"
        check_choice("likelihood", likelihood, LIKELIHOODS)
        check_choice("binarization", binarization, BINARIZATIONS)
        check_range("beta", beta, 0)
        check_range("kl_annealing_steps", kl_annealing_steps, 0)
        if binarization is not None and likelihood != "bernoulli":
            raise ValueError(
                "Argument `binarization` must be None unless the likelihood is "
                f"'bernoulli'. Received: binarization={binarization!r}, "
                f"likelihood={likelihood!r}."
            )
        if len(self.data_shape) == 1 and likelihood != "gaussian":
            raise ValueError(
                "Argument `likelihood` must be 'gaussian' for rows of numbers. "
                f"Received: likelihood={likelihood!r}."
            )
        # === Config ===
        self.likelihood = likelihood
        self.binarization = binarization
        self.beta = beta
        self.kl_annealing_steps = kl_annealing_steps
        # === Networks ===
        self.encoder = self._network(
            "encoder",
            encoder,
            data_shape=self.data_shape,
            num_outputs=2 * self.latent_dim,
        )
        self.decoder = self._network(
            "decoder",
            decoder,
            data_shape=self.data_shape,
            latent_dim=self.latent_dim,
        )
        check_network(
            self.encoder, "encoder", self.data_shape, (2 * self.latent_dim,)
        )
        check_network(
            self.decoder,
            "decoder",
            (self.latent_dim,),
            self.data_shape,
            refused={"sigmoid": _MUST_RETURN_LOGITS}
            if likelihood == "bernoulli"
            else {},
        )
        if likelihood != "bernoulli":
            self.log_scale = self.add_weight(
                name="log_scale", shape=(), dtype="float32", initializer="zeros"
            )
        # === Metrics ===
        self.trackers = [
            keras.metrics.Mean(name=name)
            for name in ("loss", "reconstruction_loss", "kl_loss", "elbo")
        ]

    def compile(self, optimizer=None, **options):
        """Configures training.

        Args:
            optimizer: `keras.Optimizer` or its name. Defaults to
                `Adam(1e-3)`, with which its authors trained this model
                (Kingma and Ba 2015, section 6.4).
            **options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`.
        """
        optimizer = optimizer or keras.optimizers.Adam(1e-3)
        self._compile(
            {"optimizer": (optimizer, self.trainable_variables)}, **options
        )

    def call(self, images, training=False):
        """Images -> reconstructions through the posterior mean."""
        mean, _ = self.posterior(images, training)
        return self._images(self.decoder(mean, training=training))

    def posterior(self, images, training=False):
        """Mean and log-variance of q(z|x), of shape `(batch, latent_dim)`."""
        outputs = tf.cast(self.encoder(images, training=training), tf.float32)
        return tf.split(outputs, 2, axis=-1)

    def train_step(self, data):
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        batch = self.next_batch(images)
        with tf.GradientTape() as tape:
            values = self._negative_elbo(batch, training=True)
            loss = values["loss"] + regularization(self)
        self.minimize(loss, tape, self.optimizer, self.trainable_variables)
        return self.update_metrics(batch, **values)

    def test_step(self, data):
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        batch = self.next_batch(images, training=False)
        values = self._negative_elbo(batch, training=False)
        return self.update_metrics(batch, **values)

    def _negative_elbo(self, batch, training):
        images = self._binarize(batch)
        mean, log_variance = self.posterior(images, training)
        epsilon = batch.normal((self.latent_dim,))
        latents = mean + tf.exp(0.5 * log_variance) * epsilon
        outputs = self.decoder(latents, training=training)
        reconstruction_loss = -batch.mean(
            self.log_likelihood_of(images, outputs)
        )
        kl_loss = batch.mean(losses.gaussian_kl(mean, log_variance))
        return {
            "loss": reconstruction_loss + self._kl_weight() * kl_loss,
            "reconstruction_loss": reconstruction_loss,
            "kl_loss": kl_loss,
            "elbo": -(reconstruction_loss + kl_loss),
        }

    def _binarize(self, batch):
        images = batch.images
        if self.binarization == "dynamic":
            return tf.cast(batch.uniform(self.data_shape) < images, tf.float32)
        if self.binarization == "threshold":
            return tf.cast(images >= 0.5, tf.float32)
        return images

    def _kl_weight(self):
        if not self.kl_annealing_steps:
            return self.beta
        steps = tf.cast(self.training_steps.value, tf.float32)
        return self.beta * tf.minimum(steps / self.kl_annealing_steps, 1.0)

    def log_likelihood_of(self, images, outputs):
        """`log p(x|z)` in nats, from what the decoder returns for `z`."""
        if self.likelihood == "bernoulli":
            return losses.bernoulli_log_likelihood(images, outputs)
        if self.likelihood == "gaussian":
            return losses.gaussian_log_likelihood(
                images, outputs, self.log_scale
            )
        return losses.discretized_logistic_log_likelihood(
            images, outputs, self.log_scale
        )

    def _images(self, outputs):
        outputs = tf.cast(outputs, tf.float32)
        if self.likelihood == "bernoulli":
            return tf.sigmoid(outputs)
        if len(self.data_shape) == 3:
            return tf.clip_by_value(outputs, 0.0, 1.0)
        return outputs

    def images_from_latents(self, latents):
        return self._images(self.decoder(latents, training=False))

    def latents_from_images(self, images):
        mean, _ = self.posterior(images)
        return mean

    def get_config(self):
        return {
            **super().get_config(),
            "likelihood": self.likelihood,
            "binarization": self.binarization,
            "beta": self.beta,
            "kl_annealing_steps": self.kl_annealing_steps,
        }


_MUST_RETURN_LOGITS = (
    "must return logits for the Bernoulli likelihood, without a final sigmoid"
)
