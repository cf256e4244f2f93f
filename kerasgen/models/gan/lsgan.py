"""Least squares GAN."""

import keras

from kerasgen.models.gan.gan import GAN


@keras.saving.register_keras_serializable("kerasgen")
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

    def __init__(
        self,
        data_shape,
        latent_dim=100,
        loss="least_squares",
        **kwargs,
    ):
        super().__init__(
            data_shape,
            latent_dim,
            loss=loss,
            **kwargs,
        )
