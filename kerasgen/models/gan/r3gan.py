"""R3GAN."""

import keras

from kerasgen.models.gan.gan import GAN


@keras.saving.register_keras_serializable("kerasgen")
class R3GAN(GAN):
    """R3GAN: relativistic pairs and two penalties, no tricks beside.

    Use it where modes must not be dropped; it converges where others need
    tricks. The discriminator compares a real with a fake image (equation 2 of
    Huang et al., whose D has the other sign),

    `min_G max_D E[f(D(x) - D(G(z)))]`, `f(t) = -log(1 + e^-t)`,

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

    def __init__(
        self,
        data_shape,
        latent_dim=64,
        loss="relativistic",
        r1=1.0,
        r2=1.0,
        ema_momentum=0.999,
        **kwargs,
    ):
        super().__init__(
            data_shape,
            latent_dim,
            loss=loss,
            r1=r1,
            r2=r2,
            ema_momentum=ema_momentum,
            **kwargs,
        )

    def _generator_options(self):
        return {"generator_normalization": None}

    @staticmethod
    def default_optimizer():
        """The paper's optimizer, new each time."""
        # Theirs, where beta_2 rises from 0.9 to 0.99 as training goes on.
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.99)
