"""Wasserstein GAN."""

import keras

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.losses.adversarial import NAMES
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register


@register("wgan")
class WGAN(GAN):
    """Wasserstein GAN: its loss measures a distance, by weight clipping.

    Use it to see the distance that `-d_loss` estimates fall; `WGANGP` trains
    better. A critic f, kept Lipschitz by clipping its weights, and the
    generator play (equation 2 and algorithm 1 of Arjovsky et al.)

    `min_G max_f E[f(x)] - E[f(G(z))]`.

    The critic has no batch normalization here, whose scale clipping would tie
    down, and its steps share their real images (see `discriminator_steps`).

    `fit` and `evaluate` report what `GAN` does.

    Args:
        data_shape, latent_dim: see `GAN`.
        loss, weight_clipping, discriminator_steps: see `GAN`.
        **kwargs: Arguments of `GAN`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.WGAN(data_shape=(8, 8, 1), network="mlp", seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Arjovsky et al. (2017), Wasserstein GAN,
          https://arxiv.org/abs/1701.07875
    """

    paper_network = "dcgan"

    latent_dim = Argument(64, positive_integer)
    loss = Argument("wasserstein", one_of(*NAMES), attribute="adversarial_loss")
    weight_clipping = Argument(0.01, optional(at_least(1e-6)))
    discriminator_steps = Argument(5, positive_integer)

    def discriminator_loss(self, real, fake):
        """`f(G(z)) - f(x)`, which the critic f minimizes."""
        return fake - real

    def generator_loss(self, fake, real):
        """`-f(G(z))`."""
        return -fake

    @staticmethod
    def default_optimizer():
        # Algorithm 1, whose momentum-free optimizer matters.
        return keras.optimizers.RMSprop(5e-5)
