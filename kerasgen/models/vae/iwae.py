"""Importance-weighted autoencoder."""

import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.vae import importance_weighting
from kerasgen.models.vae.vae import VAE
from kerasgen.models.zoo import register


@register("iwae")
class IWAE(VAE):
    """Importance-weighted autoencoder: a VAE that fits data more closely.

    Use it where the likelihood matters: it reaches a higher one than a VAE of
    the same networks, and uses more latents, for a decoder that runs on `k`
    samples an image. It minimizes the negative of the bound on `log p(x)` of
    equation 8 of Burda et al.,

    `-E[log 1/k sum_i w_i]`, `w_i = p(x|z_i) p(z_i) / q(z_i|x)`,

    with `k` samples `z_i` of `q(z|x)` by the reparameterization trick, whose
    gradient weighs that of each `log w_i` by `w_i / sum_j w_j` (equation 14).
    With one sample it is the VAE whose KL is sampled. `beta` and its annealing
    weigh `log p(z_i) - log q(z_i|x)` in `log w_i`.

    `fit` and `evaluate` report, in nats an image: `loss` (what is minimized),
    `importance_weighted_bound` (`beta` = 1), and the means over samples
    `reconstruction_loss`, `kl_loss` (`log q(z|x) - log p(z)`) and `elbo`.

    Args:
        data_shape: see `VAE`.
        latent_dim: see `VAE`.
        num_importance_samples: int. `k`; 1, 5 and 50 in the paper.
        **kwargs: Other arguments of `VAE`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.IWAE(data_shape=(8, 8, 1), latent_dim=4, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> images = model.generate(3, seed=0)
    >>> model.log_likelihood(images, num_samples=50, seed=0).shape
    (3,)

    References:
        - Burda et al. (2016), Importance Weighted Autoencoders,
          https://arxiv.org/abs/1509.00519
    """

    metric_names = (*VAE.metric_names, "importance_weighted_bound")

    latent_dim = Argument(16, positive_integer)
    num_importance_samples = Argument(5, positive_integer)

    def compute_losses(self, batch, training):
        images = self.binarized_data(batch)
        noise = batch.normal((self.num_importance_samples, self.latent_dim))
        log_likelihood, log_prior, log_posterior = (
            importance_weighting.log_densities(
                self, images, noise, batch.labels, training
            )
        )
        kl = log_posterior - log_prior
        loss, bound = (
            importance_weighting.log_mean_exp(log_likelihood - weight * kl)
            for weight in (self._kl_weight(), 1.0)
        )
        reconstruction_loss = -batch.mean(
            tf.reduce_mean(log_likelihood, axis=1)
        )
        kl_loss = batch.mean(tf.reduce_mean(kl, axis=1))
        return {
            "loss": -batch.mean(loss),
            "reconstruction_loss": reconstruction_loss,
            "kl_loss": kl_loss,
            "elbo": -(reconstruction_loss + kl_loss),
            "importance_weighted_bound": batch.mean(bound),
        }
