"""R3GAN."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import below_one
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.losses.adversarial import NAMES
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register


@register("r3gan")
class R3GAN(GAN):
    """R3GAN: a relativistic loss and two gradient penalties, nothing more.

    Use it where modes must not be dropped; it converges where others need
    tricks. The discriminator compares a real with a fake image (equation 2 of
    Huang et al., whose D has the other sign),

    `min_G max_D E[f(D(x) - D(G(z)))]`, `f(t) = -log(1 + e^-t)`,

    where G maximizes `E[f(D(G(z)) - D(x))]` instead, which does not saturate,
    so that a decision boundary cannot part all real from all fake images, and
    is penalized at both by `gamma / 2 ||grad D||^2` (their equation 3 with R1
    and R2). As theirs, `"resnet"` has no normalization here, though it has
    other blocks; `"dcgan"` keeps the batch normalization of its generator. The
    averaged weights of the generator are theirs too.

    `fit` and `evaluate` report what `GAN` does.

    Args:
        data_shape, latent_dim: see `GAN`.
        loss, r1, r2, ema_momentum: see `GAN`. `r1` and `r2` are gamma, which
            wants tuning to the data.
        **kwargs: Arguments of `GAN`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.R3GAN(data_shape=(8, 8, 1), network="mlp", seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Huang et al. (2024), The GAN is dead; long live the GAN! A Modern
          Baseline GAN, https://arxiv.org/abs/2501.05441
    """

    paper_network = "resnet"

    latent_dim = Argument(64, positive_integer)
    loss = Argument(
        "relativistic", one_of(*NAMES), attribute="adversarial_loss"
    )
    r1 = Argument(1.0, at_least(0))
    r2 = Argument(1.0, at_least(0))
    ema_momentum = Argument(0.999, optional(below_one))

    def discriminator_loss(self, real, fake):
        """`-f(D(x) - D(G(z)))` of each real image with one fake."""
        return tf.nn.softplus(fake - real)

    def generator_loss(self, fake, real):
        """`-f(D(G(z)) - D(x))`."""
        return tf.nn.softplus(real - fake)

    def penalty_at(self, real, fake, logits):
        """`gamma / 2 ||grad D||^2` at real and fake data, equation 3."""
        penalty = 0.0
        for gamma, (x, condition) in ((self.r1, real), (self.r2, fake)):
            if gamma:
                penalty += (
                    0.5
                    * gamma
                    * losses.squared_gradient_norm(
                        lambda x, y=condition: logits(x, y), x
                    )
                )
        return penalty

    def _generator_options(self):
        return {"generator_normalization": None}

    @staticmethod
    def default_optimizer():
        # Theirs, where beta_2 rises from 0.9 to 0.99 as training goes on.
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.99)
