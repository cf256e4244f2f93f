"""Variational deep embedding."""

import math

import numpy as np
import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import non_negative_integer
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.clustering.two_phases import TwoPhases
from kerasgen.models.clustering.two_phases import fitted_mixture
from kerasgen.models.vae.vae import VAE
from kerasgen.models.zoo import register
from kerasgen.utils import random


@register("vade")
class VaDE(TwoPhases, VAE):
    """Variational deep embedding: a VAE whose prior has a Gaussian a cluster.

    Use it where clusters should come with a model of what is in them: it draws
    new images, by cluster, and has a likelihood. An image is of cluster `c`
    with probability `pi_c`, and its latents are from `N(mu_c, sigma_c^2)`.
    Pretrained as an autoencoder, with a mixture of full covariances fitted to
    its latents, of which it keeps the diagonals, it then maximizes the evidence
    lower bound (equation 8 of Jiang et al.),

    `E_q(z,c|x)[log p(x|z) + log p(z|c) + log p(c) - log q(z|x) - log q(c|x)]`,

    with `q(c|x) = p(c|z) ~ pi_c N(z; mu_c, sigma_c^2)` (equation 16) at one
    sample of `z`, with which the terms of `c` add up to `log p(z)`.

    `fit` and `evaluate` report what `VAE` does; while pretraining, `loss` is
    the reconstruction loss and `kl_loss` 0.

    Args:
        data_shape: see `VAE`.
        latent_dim: int. 10 in the paper.
        num_clusters: int. Clusters to find.
        pretraining_epochs: int. Epochs of `fit` before there are clusters.
        **kwargs: Other arguments of `VAE`. Dense networks default to the
            paper's units, 500, 500 and 2,000.

    Example:

    >>> import kerasgen
    >>> images, _ = kerasgen.data.load_arrays("digits")
    >>> model = kerasgen.VaDE((8, 8, 1), pretraining_epochs=1, seed=0)
    >>> model.compile()
    >>> history = model.fit(images, epochs=2, verbose=0)
    >>> model.predict(images).shape
    (1437,)

    References:
        - Jiang et al. (2017), Variational Deep Embedding,
          https://arxiv.org/abs/1611.05148
    """

    latent_dim = Argument(10, positive_integer)
    num_clusters = Argument(10, positive_integer)
    pretraining_epochs = Argument(20, non_negative_integer)

    def build_networks(self):
        super().build_networks()
        shape = (self.num_clusters, self.latent_dim)
        self.mixture_logits = self._mixture_weight("logits", shape[:1])
        self.mixture_means = self._mixture_weight("means", shape)
        self.mixture_log_variances = self._mixture_weight(
            "log_variances", shape
        )
        self._mixture = [
            self.mixture_logits,
            self.mixture_means,
            self.mixture_log_variances,
        ]

    def _mixture_weight(self, name, shape):
        return self.add_weight(
            name=f"mixture_{name}",
            shape=shape,
            dtype="float32",
            initializer="zeros",
        )

    @property
    def trained_variables(self):
        weights = super().trained_variables
        if self.is_clustering:
            return weights
        mixture = {id(weight) for weight in self._mixture}
        return [weight for weight in weights if id(weight) not in mixture]

    def compute_losses(self, batch, training):
        if self.is_clustering:
            return super().compute_losses(batch, training)
        images = self.binarized_data(batch)
        mean, _ = self.posterior(images, None, training)
        outputs = self.decoder_outputs(mean, None, training)
        loss = -batch.mean(self.log_likelihood_of(images, outputs))
        return {
            "loss": loss,
            "reconstruction_loss": loss,
            "kl_loss": tf.zeros(()),
            "elbo": -loss,
        }

    def _log_joint(self, latents):
        """`log p(c) + log p(z|c)`, of shape `(batch, num_clusters)`."""
        offsets = latents[:, None] - self.mixture_means
        log_variances = tf.convert_to_tensor(self.mixture_log_variances)
        terms = (
            tf.square(offsets) * tf.exp(-log_variances)
            + log_variances
            + math.log(2 * math.pi)
        )
        log_density = -0.5 * tf.reduce_sum(terms, axis=2)
        return log_density + tf.nn.log_softmax(self.mixture_logits)

    def log_prior(self, latents):
        return tf.reduce_logsumexp(self._log_joint(latents), axis=1)

    def kl(self, latents, mean, log_variance):
        log_posterior = self.log_posterior(latents, mean, log_variance)
        return log_posterior - self.log_prior(latents)

    def cluster_probabilities(self, latents):
        return tf.nn.softmax(self._log_joint(latents))

    @property
    def prior_shape(self):
        return (1 + self.latent_dim,)

    def latents_from_seeds(self, seeds):
        bits = random.bits_from_seed_rows(seeds, self.prior_shape)
        shares = tf.cumsum(tf.nn.softmax(self.mixture_logits.value))
        place = random.uniform_from_bits(bits[:, 0])
        component = tf.searchsorted(shares, place)
        component = tf.minimum(component, self.num_clusters - 1)
        mean = tf.gather(self.mixture_means.value, component)
        log_variance = tf.gather(self.mixture_log_variances.value, component)
        epsilon = random.normal_from_bits(bits[:, 1:])
        return mean + tf.exp(0.5 * log_variance) * epsilon

    def _annealed_steps(self):
        return self.training_steps.value - self.placed_at.value

    def _place_clusters(self, latents):
        found = fitted_mixture(latents, self.num_clusters, self.seed)
        variances = np.diagonal(found.covariances_, axis1=1, axis2=2)
        self.mixture_logits.assign(np.log(found.weights_))
        self.mixture_means.assign(found.means_)
        self.mixture_log_variances.assign(np.log(variances))
