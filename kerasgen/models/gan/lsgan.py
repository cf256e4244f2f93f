"""Least squares GAN."""

import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import positive_integer
from kerasgen.losses.adversarial import NAMES
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register


@register("lsgan")
class LSGAN(GAN):
    """Least squares GAN: its gradient does not vanish far from the boundary.

    Use it where the GAN's loss saturates: images on the right side of the
    boundary, but far from it, are still drawn towards it. Equation 9 of Mao et
    al.,

    `min_D E[(D(x) - 1)^2] / 2 + E[D(G(z))^2] / 2`,
    `min_G E[(D(G(z)) - 1)^2] / 2`,

    with a linear D.

    `fit` and `evaluate` report what `GAN` does.

    Args:
        data_shape, latent_dim: see `GAN`.
        loss: see `GAN`.
        **kwargs: Arguments of `GAN`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.LSGAN(data_shape=(8, 8, 1), network="mlp", seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Mao et al. (2017), Least Squares Generative Adversarial Networks,
          https://arxiv.org/abs/1611.04076
    """

    paper_network = "dcgan"

    latent_dim = Argument(100, positive_integer)
    loss = Argument(
        "least_squares", one_of(*NAMES), attribute="adversarial_loss"
    )

    def discriminator_loss(self, real, fake):
        """`(D(x) - 1)^2 / 2 + D(G(z))^2 / 2`, with a linear D."""
        return 0.5 * (tf.square(real - 1.0) + tf.square(fake))

    def generator_loss(self, fake, real):
        """`(D(G(z)) - 1)^2 / 2`."""
        return 0.5 * tf.square(fake - 1.0)
