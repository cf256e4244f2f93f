"""Bidirectional GAN."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.models.gan.gan import GAN
from kerasgen.models.gan.gan import Seen
from kerasgen.networks import check_network
from kerasgen.networks import joint_discriminator


@keras.saving.register_keras_serializable("kerasgen")
class BiGAN(GAN):
    """Bidirectional GAN: a GAN with an encoder, which it trains by its game.

    Use it where a GAN should also give latents of real images. The
    discriminator tells pairs (x, E(x)) of an image and its latents from pairs
    (G(z), z); generator and encoder together make it fail (equation 3 of
    Donahue et al.):

    `min_{G,E} max_D E[log D(x, E(x))] + E[log(1 - D(G(z), z))]`.

    As there (section 3.4), G and E minimize the discriminator's loss with real
    and fake exchanged, so that `"minimax"` does what `"non_saturating"` does.
    Then E and G invert each other in the optimum, though
    pixels are nowhere compared: a reconstruction is of the same kind as the
    image, not a copy of it. Penalties act on the gradient by the image.

    `fit` and `evaluate` report what `GAN` does; `g_loss` is that of G and E.

    Args:
        data_shape: see `GAN`.
        latent_dim: int. Length of a latent vector.
        encoder: `keras.Model` from `(batch, *data_shape)` to
            `(batch, latent_dim)`. `None` builds `network`.
        **kwargs: Arguments of `GAN`. An own `discriminator` takes
            `[images, latents]`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.BiGAN(data_shape=(8, 8, 1), latent_dim=16, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.encode(model.generate(3, seed=0)).shape
    (3, 16)

    References:
        - Donahue et al. (2017), Adversarial Feature Learning,
          https://arxiv.org/abs/1605.09782
    """

    has_encoder = True

    def __init__(self, data_shape, latent_dim=50, encoder=None, **kwargs):
        self._own_encoder = encoder
        super().__init__(data_shape, latent_dim, **kwargs)

    def _build_networks(self, generator, discriminator):
        encoder, self._own_encoder = self._own_encoder, None
        self.encoder = self._network(
            "encoder",
            encoder,
            data_shape=self.data_shape,
            num_outputs=self.latent_dim,
        )
        check_network(
            self.encoder, "encoder", self.data_shape, (self.latent_dim,)
        )
        super()._build_networks(generator, discriminator)

    def _discriminator_network(self, own):
        return self._own_or(
            "discriminator",
            own,
            joint_discriminator,
            self._known_options(self._discriminator_options()),
            data_shape=self.data_shape,
            latent_dim=self.latent_dim,
        )

    def _discriminator_shapes(self):
        return [self.data_shape, (self.latent_dim,)], (1,)

    def _generator_networks(self):
        return [self.generator, self.encoder]

    def _real(self, batch, training):
        latents = self.encoder(batch.images, training=training)
        return Seen(self._noisy(batch.images, batch, training), latents)

    def _fake(self, batch, training):
        latents = batch.normal((self.latent_dim,))
        images = self._generate(latents, None, training)
        return Seen(self._noisy(images, batch, training), latents)

    def _judge(self, images, condition, training):
        return self.discriminator([images, condition], training=training)

    def _generator_losses(self, batch, training):
        real, fake = self._real(batch, training), self._fake(batch, training)
        # Without label smoothing, which is the discriminator's.
        loss, _ = losses.adversarial_losses(self.adversarial_loss)
        exchanged = loss(
            self._logits(self._judge(*fake, training), fake.condition),
            self._logits(self._judge(*real, training), real.condition),
        )
        return {"g_loss": self._mean(exchanged, batch)}

    def call(self, images, training=False):
        """Images -> the discriminator's logits of them and their latents."""
        latents = self.encoder(images, training=training)
        return self.discriminator([images, latents], training=training)

    def latents_from_images(self, images):
        with self._averaged_weights():
            latents = self.encoder(images, training=False)
        return tf.cast(latents, tf.float32)
