"""Spectrally normalized GAN."""

import keras
import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import positive_integer
from kerasgen.losses.adversarial import NAMES
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register


@register("sngan")
class SNGAN(GAN):
    """Spectrally normalized GAN: a Lipschitz discriminator at little cost.

    Use it where a gradient penalty costs too much. Each weight matrix W of the
    discriminator is divided by its largest singular value (equation 8 of Miyato
    et al.), which one power iteration a call keeps track of, and the loss is
    the hinge (equations 16 and 17):

    `min_D E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]`,
    `min_G -E[D(G(z))]`.

    The discriminator's steps share their real images here, see
    `discriminator_steps`.

    `fit` and `evaluate` report what `GAN` does.

    Args:
        data_shape, latent_dim: see `GAN`.
        loss, spectral_normalization, discriminator_steps: see `GAN`.
        **kwargs: Arguments of `GAN`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.SNGAN(data_shape=(8, 8, 1), network="mlp", seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Miyato et al. (2018), Spectral Normalization for Generative
          Adversarial Networks, https://arxiv.org/abs/1802.05957
    """

    paper_network = "resnet"

    latent_dim = Argument(128, positive_integer)
    loss = Argument("hinge", one_of(*NAMES), attribute="adversarial_loss")
    spectral_normalization = Argument(True, one_of(False, True))
    discriminator_steps = Argument(5, positive_integer)

    def discriminator_loss(self, real, fake):
        """`max(0, 1 - D(x)) + max(0, 1 + D(G(z)))`, equation 16."""
        return tf.nn.relu(1.0 - real) + tf.nn.relu(1.0 + fake)

    def generator_loss(self, fake, real):
        """`-D(G(z))`, equation 17."""
        return -fake

    @staticmethod
    def default_optimizer():
        # Section 4.2, with residual networks.
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9)
