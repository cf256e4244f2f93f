"""Losses as pure functions of tensors; each returns one value a row."""

from kerasgen.losses.adversarial import adversarial_losses
from kerasgen.losses.adversarial import minimax_discriminator_loss
from kerasgen.losses.adversarial import minimax_generator_loss
from kerasgen.losses.adversarial import non_saturating_discriminator_loss
from kerasgen.losses.adversarial import non_saturating_generator_loss
from kerasgen.losses.divergences import gaussian_kl
from kerasgen.losses.likelihoods import bernoulli_log_likelihood
from kerasgen.losses.likelihoods import discretized_logistic_log_likelihood
from kerasgen.losses.likelihoods import gaussian_log_likelihood

__all__ = [
    "adversarial_losses",
    "bernoulli_log_likelihood",
    "discretized_logistic_log_likelihood",
    "gaussian_kl",
    "gaussian_log_likelihood",
    "minimax_discriminator_loss",
    "minimax_generator_loss",
    "non_saturating_discriminator_loss",
    "non_saturating_generator_loss",
]
