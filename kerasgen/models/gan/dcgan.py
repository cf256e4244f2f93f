"""Deep convolutional GAN."""

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register


@register("dcgan")
class DCGAN(GAN):
    """Deep convolutional GAN: the GAN that works on images from the start.

    Use it as the plain convolutional GAN that others are measured against. The
    loss is that of the non-saturating GAN (equation 1 and section 3 of
    Goodfellow et al. 2014); what differs is the networks (section 3 of Radford
    et al.): strided convolutions and no pooling, batch normalization, ReLU in
    the generator and leaky ReLU in the discriminator, weights from a normal of
    deviation 0.02.

    `fit` and `evaluate` report what `GAN` does.

    Args:
        data_shape, latent_dim: see `GAN`.
        **kwargs: Arguments of `GAN`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.DCGAN(data_shape=(8, 8, 1), seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Radford et al. (2016), Unsupervised Representation Learning with Deep
          Convolutional Generative Adversarial Networks,
          https://arxiv.org/abs/1511.06434
    """

    paper_network = "dcgan"

    latent_dim = Argument(100, positive_integer)
