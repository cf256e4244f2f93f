"""Bidirectional GAN."""

import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.gan.discriminator import MUST_RETURN_LOGITS
from kerasgen.models.gan.discriminator import DiscriminatorInput
from kerasgen.models.gan.discriminator import DiscriminatorOutput
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register
from kerasgen.networks import check_network
from kerasgen.networks import joint_discriminator


@register("bigan")
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
        **kwargs: Arguments of `GAN`. A `discriminator` of your own takes
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

    latent_dim = Argument(50, positive_integer)
    encoder = NetworkArgument()

    # The loss of G and E is the discriminator's, with the two exchanged.
    generator_sees_real = True

    def build_networks(self):
        self.encoder = self.build_network(
            "encoder",
            data_shape=self.data_shape,
            num_outputs=self.latent_dim,
        )
        check_network(
            self.encoder, "encoder", self.data_shape, (self.latent_dim,)
        )
        super().build_networks()

    def build_discriminator(self):
        self.discriminator = self.build_network(
            "discriminator",
            self._discriminator_options(),
            build=joint_discriminator,
            data_shape=self.data_shape,
            latent_dim=self.latent_dim,
        )
        check_network(
            self.discriminator,
            "discriminator",
            [self.data_shape, (self.latent_dim,)],
            (1,),
            refused=MUST_RETURN_LOGITS,
        )

    @property
    def generator_networks(self):
        return [self.generator, self.encoder]

    def real(self, batch, training):
        """(x, E(x))."""
        latents = self.encoder(batch.data, training=training)
        return DiscriminatorInput(
            self.seen(batch.data, batch, training), latents
        )

    def fake(self, batch, training):
        """(G(z), z)."""
        latents = batch.normal((self.latent_dim,))
        data = self.draw(latents, None, training)
        return DiscriminatorInput(self.seen(data, batch, training), latents)

    def discriminate(self, inputs, training):
        outputs = self.discriminator(list(inputs), training=training)
        return DiscriminatorOutput(inputs, outputs, outputs[:, 0])

    def generator_losses(self, batch, fake, real):
        # Without label smoothing, which is the discriminator's.
        exchanged, _ = self._selected_losses(label_smoothing=0.0)
        loss = exchanged(fake.logits, real.logits)
        return {"g_loss": self.mean(loss, batch)}

    def call(self, images, training=False):
        """Data -> the discriminator's logits of them and their latents."""
        latents = self.encoder(images, training=training)
        return self.discriminator([images, latents], training=training)

    def logits_from_data(self, data):
        """Of the pairs (x, E(x))."""
        return self.discriminate(
            DiscriminatorInput(data, self.latents_from_data(data)),
            training=False,
        ).logits

    def latents_from_data(self, data):
        with self.averaged_weights():
            latents = self.encoder(data, training=False)
        return tf.cast(latents, tf.float32)
