"""VAE with a variational mixture of posteriors as its prior."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.vae.vae import VAE
from kerasgen.models.zoo import register
from kerasgen.utils import random


@register("vamp_prior_vae")
class VampPriorVAE(VAE):
    """VampPrior VAE: learns its prior, which fits data of several kinds.

    Use it where images fall into kinds that one Gaussian cloud of latents
    blurs: the prior is where the encoder puts `K` images that are learned along
    with it, the pseudo-inputs u (equation 9 of Tomczak and Welling):

    `p(z) = 1/K sum_k q(z|u_k)`.

    It minimizes the negative of the evidence lower bound under that prior
    (their equation 2), with one sample of `z`,

    `-E_q(z|x)[log p(x|z) - beta * (log q(z|x) - log p(z))]`.

    Pseudo-inputs of images are kept within [0, 1]; the encoder looks at them as
    it does when it is not being trained.

    `fit` and `evaluate` report what `VAE` does; `kl_loss`, here an estimate,
    can be negative in a step.

    Args:
        data_shape: see `VAE`.
        latent_dim: see `VAE`.
        num_pseudo_inputs: int. `K`.
        **kwargs: Other arguments of `VAE`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.VampPriorVAE(
    ...     (8, 8, 1), latent_dim=4, num_pseudo_inputs=50, seed=0
    ... )
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Tomczak and Welling (2018), VAE with a VampPrior,
          https://arxiv.org/abs/1705.07120
    """

    latent_dim = Argument(16, positive_integer)
    num_pseudo_inputs = Argument(500, positive_integer)

    def build_networks(self):
        super().build_networks()
        has_bounds = self.kind.has_bounds
        self._pseudo_inputs = self.add_weight(
            name="pseudo_inputs",
            shape=(self.num_pseudo_inputs, *self.data_shape),
            dtype="float32",
            # Apart from each other, to come to stand for different images.
            initializer=keras.initializers.RandomUniform(0.0, 1.0)
            if has_bounds
            else "random_normal",
            # The paper clips what the encoder sees, which leaves a pixel beyond
            # its bounds without a gradient to come back by.
            constraint=_clip if has_bounds else None,
        )

    @property
    def pseudo_inputs(self):
        """Float32 tensor of shape `(num_pseudo_inputs, *data_shape)`."""
        return tf.convert_to_tensor(self._pseudo_inputs.value)

    def log_prior(self, latents):
        mean, log_variance = self.posterior(self.pseudo_inputs)
        return losses.gaussian_mixture_log_density(latents, mean, log_variance)

    def kl(self, latents, mean, log_variance):
        log_posterior = self.log_posterior(latents, mean, log_variance)
        return log_posterior - self.log_prior(latents)

    @property
    def prior_shape(self):
        return (1 + self.latent_dim,)

    def latents_from_seeds(self, seeds):
        bits = random.bits_from_seed_rows(seeds, self.prior_shape)
        place = random.uniform_from_bits(bits[:, 0]) * self.num_pseudo_inputs
        component = tf.cast(place, tf.int32)
        with self.averaged_weights():
            mean, log_variance = self.posterior(
                tf.gather(self.pseudo_inputs, component)
            )
        epsilon = random.normal_from_bits(bits[:, 1:])
        return mean + tf.exp(0.5 * log_variance) * epsilon


def _clip(images):
    return keras.ops.clip(images, 0.0, 1.0)
