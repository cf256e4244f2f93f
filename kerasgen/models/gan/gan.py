"""Generative adversarial network."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.models.generative_model import GenerativeModel
from kerasgen.models.regularization import regularization
from kerasgen.networks import check_network
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range


@keras.saving.register_keras_serializable("kerasgen")
class GAN(GenerativeModel):
    """Generative adversarial network: draws sharp images, has no encoder.

    Use it where images should look real; it gives no likelihood, and may drop
    kinds of images. A discriminator D learns to tell images x from those that
    a generator G makes of noise z, by the value function of equation 1 of
    Goodfellow et al.,

    `min_G max_D E[log D(x)] + E[log(1 - D(G(z)))]`,

    in which the non-saturating G maximizes `E[log D(G(z))]` instead (their
    section 3).

    `fit` and `evaluate` report `d_loss` and `g_loss`. A call on images returns
    the discriminator's logits.

    Args:
        data_shape: tuple of int. `(height, width, channels)`, or `(length,)`
            for rows of any finite numbers.
        latent_dim: int. Length of a latent vector.
        network: str. `"mlp"` (the paper's kind) or `"dcgan"`.
        network_options: dict. Options of the network, such as
            `{"filters": 32}`.
        generator: `keras.Model` from `(batch, latent_dim)` to images in
            [0, 1] of shape `(batch, *data_shape)`. `None` builds `network`.
        discriminator: `keras.Model` from `(batch, *data_shape)` to logits of
            shape `(batch, 1)`. `None` builds `network`.
        loss: str. `"non_saturating"` or `"minimax"`.
        label_smoothing: float in [0, 0.5]. How far the discriminator's target
            for real images lies below 1 (Salimans et al. 2016, section 3.4).
        discriminator_steps: int. Discriminator steps to one generator step
            (k in algorithm 1), each with new noise on the same real images.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.GAN(data_shape=(8, 8, 1), latent_dim=16, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Goodfellow et al. (2014), Generative Adversarial Networks,
          https://arxiv.org/abs/1406.2661
        - Salimans et al. (2016), Improved Techniques for Training GANs,
          https://arxiv.org/abs/1606.03498
    """

    def __init__(
        self,
        data_shape,
        latent_dim=64,
        network=None,
        network_options=None,
        generator=None,
        discriminator=None,
        loss="non_saturating",
        label_smoothing=0.0,
        discriminator_steps=1,
        seed=None,
        **kwargs,
    ):
        super().__init__(
            data_shape, latent_dim, network, network_options, seed, **kwargs
        )
        self._discriminator_loss, self._generator_loss = (
            losses.adversarial_losses(loss)
        )
        check_range("label_smoothing", label_smoothing, 0, 0.5)
        check_positive_integer("discriminator_steps", discriminator_steps)
        # === Config ===
        self.adversarial_loss = loss
        self.label_smoothing = label_smoothing
        self.discriminator_steps = discriminator_steps
        # === Networks ===
        self.generator = self._network(
            "generator",
            generator,
            data_shape=self.data_shape,
            latent_dim=self.latent_dim,
        )
        self.discriminator = self._network(
            "discriminator",
            discriminator,
            data_shape=self.data_shape,
        )
        check_network(
            self.generator,
            "generator",
            (self.latent_dim,),
            self.data_shape,
            refused={"tanh": _MUST_RETURN_IMAGES}
            if len(self.data_shape) == 3
            else {},
        )
        check_network(
            self.discriminator,
            "discriminator",
            self.data_shape,
            (1,),
            refused={"sigmoid": "must return logits, without a final sigmoid"},
        )
        # === Metrics ===
        self.trackers = [
            keras.metrics.Mean(name=name) for name in ("d_loss", "g_loss")
        ]

    def compile(
        self, generator_optimizer=None, discriminator_optimizer=None, **options
    ):
        """Configures training.

        Args:
            generator_optimizer: `keras.Optimizer` or its name. Defaults to
                `Adam(2e-4, beta_1=0.5)` of Radford et al. (2016), section 4.
            discriminator_optimizer: the same, for the discriminator.
            **options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`.
        """
        self._compile(
            {
                "generator_optimizer": (
                    generator_optimizer or _default_optimizer(),
                    self.generator.trainable_variables,
                ),
                "discriminator_optimizer": (
                    discriminator_optimizer or _default_optimizer(),
                    self.discriminator.trainable_variables,
                ),
            },
            **options,
        )

    def call(self, images, training=False):
        """Images -> the discriminator's logits."""
        return self.discriminator(images, training=training)

    def train_step(self, data):
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        batch = self.next_batch(images)
        for _ in range(self.discriminator_steps):
            d_loss = self._discriminator_step(batch)
        g_loss = self._generator_step(batch)
        return self.update_metrics(batch, d_loss=d_loss, g_loss=g_loss)

    def _discriminator_step(self, batch):
        fake_images = self._fake_images(batch, training=True)
        variables = self.discriminator.trainable_variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in variables])
            d_loss = self._d_loss(fake_images, batch, training=True)
            loss = d_loss + regularization(self.discriminator)
        self.minimize(loss, tape, self.discriminator_optimizer, variables)
        return d_loss

    def _generator_step(self, batch):
        variables = self.generator.trainable_variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in variables])
            fake_images = self._fake_images(batch, training=True)
            g_loss = self._g_loss(fake_images, batch, training=True)
            loss = g_loss + regularization(self.generator)
        self.minimize(loss, tape, self.generator_optimizer, variables)
        return g_loss

    def test_step(self, data):
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        batch = self.next_batch(images, training=False)
        fake_images = self._fake_images(batch, training=False)
        return self.update_metrics(
            batch,
            d_loss=self._d_loss(fake_images, batch, training=False),
            g_loss=self._g_loss(fake_images, batch, training=False),
        )

    def _fake_images(self, batch, training):
        latents = batch.normal((self.latent_dim,))
        return self.generator(latents, training=training)

    def _d_loss(self, fake_images, batch, training):
        # Two calls, so that batch normalization keeps real and fake apart.
        real_logits = self.discriminator(batch.images, training=training)
        fake_logits = self.discriminator(fake_images, training=training)
        return batch.mean(
            self._discriminator_loss(
                real_logits, fake_logits, self.label_smoothing
            )
        )

    def _g_loss(self, fake_images, batch, training):
        fake_logits = self.discriminator(fake_images, training=training)
        return batch.mean(self._generator_loss(fake_logits))

    def images_from_latents(self, latents):
        images = self.generator(latents, training=False)
        return tf.cast(images, tf.float32)

    def get_config(self):
        return {
            **super().get_config(),
            "loss": self.adversarial_loss,
            "label_smoothing": self.label_smoothing,
            "discriminator_steps": self.discriminator_steps,
        }


_MUST_RETURN_IMAGES = (
    "must return images in [0, 1]: put `Rescaling(0.5, offset=0.5)` after the "
    "final tanh"
)


def _default_optimizer():
    return keras.optimizers.Adam(2e-4, beta_1=0.5)
