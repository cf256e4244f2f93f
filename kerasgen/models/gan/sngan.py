"""Spectrally normalized GAN."""

import keras

from kerasgen.models.gan.gan import GAN


@keras.saving.register_keras_serializable("kerasgen")
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

    def __init__(
        self,
        data_shape,
        latent_dim=128,
        loss="hinge",
        spectral_normalization=True,
        discriminator_steps=5,
        **kwargs,
    ):
        super().__init__(
            data_shape,
            latent_dim,
            loss=loss,
            spectral_normalization=spectral_normalization,
            discriminator_steps=discriminator_steps,
            **kwargs,
        )

    @staticmethod
    def default_optimizer():
        """The paper's optimizer, new each time."""
        # Section 4.2, with residual networks.
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9)
