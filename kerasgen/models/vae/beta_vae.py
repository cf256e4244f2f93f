"""Beta-VAE."""

import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.vae.vae import VAE
from kerasgen.models.zoo import register


@register("beta_vae")
class BetaVAE(VAE):
    """Beta-VAE: learns latents that each stand for one trait of the images.

    Use it where latents should be read or turned one at a time; `beta` trades
    sharp images for latents that are fewer and more independent. Without a
    `capacity` it minimizes the negative of equation 4 of Higgins et al.,

    `-E_q(z|x)[log p(x|z)] + beta * KL(q(z|x) || p(z))`,

    which is `VAE` with a `beta` above 1. With one, it minimizes the negative of
    equation 8 of Burgess et al.,

    `-E_q(z|x)[log p(x|z)] + beta * |KL(q(z|x) || p(z)) - C|`,

    whose C grows from 0 to `capacity` nats, so that latents are taken into use
    one after the other while images become sharper. `beta` is their gamma, and
    the absolute value that of each image.

    `fit` and `evaluate` report what `VAE` does.

    Args:
        data_shape: see `VAE`.
        latent_dim: see `VAE`.
        beta: float. Weight of the KL term. 4 is what Higgins et al. mostly
            use; Burgess et al. weigh the distance from C by 1000.
        capacity: float, in nats. The last value of C. `None` for no C.
        capacity_steps: int. Training steps over which C grows linearly.
        **kwargs: Other arguments of `VAE`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.BetaVAE(
    ...     (8, 8, 1), latent_dim=4, beta=10.0, capacity=8.0,
    ...     capacity_steps=1000, seed=0,
    ... )
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Higgins et al. (2017), beta-VAE: Learning Basic Visual Concepts with a
          Constrained Variational Framework,
          https://openreview.net/forum?id=Sy2fzU9gl
        - Burgess et al. (2018), Understanding disentangling in beta-VAE,
          https://arxiv.org/abs/1804.03599
    """

    latent_dim = Argument(16, positive_integer)
    beta = Argument(4.0, at_least(0))
    capacity = Argument(None, optional(at_least(0)))
    capacity_steps = Argument(100_000, positive_integer)

    def penalty(self, batch, latents, mean, log_variance):
        if self.capacity is None:
            return super().penalty(batch, latents, mean, log_variance)
        kl = self.kl(latents, mean, log_variance)
        steps = tf.cast(self.training_steps.value, tf.float32)
        capacity = self.capacity * tf.minimum(steps / self.capacity_steps, 1.0)
        distance = batch.mean(tf.abs(kl - capacity))
        return self._kl_weight() * distance, {"kl_loss": batch.mean(kl)}
