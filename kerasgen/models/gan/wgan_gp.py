"""Wasserstein GAN with gradient penalty."""

import keras

from kerasgen.models.gan.gan import GAN


@keras.saving.register_keras_serializable("kerasgen")
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

    def __init__(
        self,
        data_shape,
        latent_dim=128,
        loss="wasserstein",
        gradient_penalty=10.0,
        discriminator_steps=5,
        **kwargs,
    ):
        super().__init__(
            data_shape,
            latent_dim,
            loss=loss,
            gradient_penalty=gradient_penalty,
            discriminator_steps=discriminator_steps,
            **kwargs,
        )

    @staticmethod
    def default_optimizer():
        """The paper's optimizer, new each time."""
        # Algorithm 1.
        return keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)
