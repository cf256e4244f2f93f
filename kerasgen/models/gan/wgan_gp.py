"""Wasserstein GAN with gradient penalty."""

import keras

from kerasgen import losses
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import positive_integer
from kerasgen.losses.adversarial import NAMES
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register


@register("wgan_gp")
class WGANGP(GAN):
    """Wasserstein GAN with gradient penalty: steady training of any network.

    Use it where training should be steady whatever the networks, at the price
    of five critic steps a step. The critic f minimizes equation 3 of Gulrajani
    et al.,

    `E[f(G(z))] - E[f(x)] + lambda E[(||grad f(x')|| - 1)^2]`,

    with x' uniform between a real and a fake image, and the generator
    `-E[f(G(z))]`. The critic has no batch normalization (their section 4). Its
    steps share their real images here, see `discriminator_steps`.

    `fit` and `evaluate` report what `GAN` does.

    Args:
        data_shape, latent_dim: see `GAN`.
        loss, gradient_penalty, discriminator_steps: see `GAN`.
        **kwargs: Arguments of `GAN`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.WGANGP(data_shape=(8, 8, 1), network="mlp", seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Gulrajani et al. (2017), Improved Training of Wasserstein GANs,
          https://arxiv.org/abs/1704.00028
    """

    paper_network = "dcgan"

    latent_dim = Argument(64, positive_integer)
    loss = Argument("wasserstein", one_of(*NAMES), attribute="adversarial_loss")
    gradient_penalty = Argument(10.0, at_least(0))
    discriminator_steps = Argument(5, positive_integer)

    def discriminator_loss(self, real, fake):
        """`f(G(z)) - f(x)`, which the critic f minimizes."""
        return fake - real

    def generator_loss(self, fake, real):
        """`-f(G(z))`."""
        return -fake

    def penalty_between(self, real, fake, critic, epsilon):
        """`lambda (||grad f(x^)|| - 1)^2`, equation 3.

        `x^ = epsilon x + (1 - epsilon) G(z)`, `epsilon` uniform in (0, 1).
        """
        if not self.gradient_penalty:
            return 0.0
        return self.gradient_penalty * losses.gradient_penalty(
            lambda x: critic(x, real.condition),
            real.data,
            fake.data,
            epsilon,
            self.gradient_penalty_sides,
        )

    @staticmethod
    def default_optimizer():
        # Algorithm 1.
        return keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)
