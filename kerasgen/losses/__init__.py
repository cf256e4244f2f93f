"""Losses as pure functions of tensors; each returns one value a row."""

from kerasgen.losses.adversarial import adversarial_losses
from kerasgen.losses.adversarial import hinge_discriminator_loss
from kerasgen.losses.adversarial import hinge_generator_loss
from kerasgen.losses.adversarial import least_squares_discriminator_loss
from kerasgen.losses.adversarial import least_squares_generator_loss
from kerasgen.losses.adversarial import minimax_discriminator_loss
from kerasgen.losses.adversarial import minimax_generator_loss
from kerasgen.losses.adversarial import non_saturating_discriminator_loss
from kerasgen.losses.adversarial import non_saturating_generator_loss
from kerasgen.losses.adversarial import relativistic_discriminator_loss
from kerasgen.losses.adversarial import relativistic_generator_loss
from kerasgen.losses.adversarial import wasserstein_discriminator_loss
from kerasgen.losses.adversarial import wasserstein_generator_loss
from kerasgen.losses.codes import code_log_likelihood
from kerasgen.losses.codes import codebook_loss
from kerasgen.losses.codes import commitment_loss
from kerasgen.losses.divergences import bounded_log_variance
from kerasgen.losses.divergences import gaussian_kl
from kerasgen.losses.divergences import gaussian_log_density
from kerasgen.losses.divergences import gaussian_mixture_log_density
from kerasgen.losses.divergences import kl_decomposition
from kerasgen.losses.divergences import stratified_log_weights
from kerasgen.losses.jacobians import projected_jacobian_norm
from kerasgen.losses.jacobians import squared_jacobian_norm
from kerasgen.losses.likelihoods import bernoulli_log_likelihood
from kerasgen.losses.likelihoods import discretized_logistic_log_likelihood
from kerasgen.losses.likelihoods import gaussian_log_likelihood
from kerasgen.losses.penalties import gradient_penalty
from kerasgen.losses.penalties import squared_gradient_norm
from kerasgen.losses.reconstruction import binary_cross_entropy
from kerasgen.losses.reconstruction import reconstruction_loss
from kerasgen.losses.reconstruction import squared_error
from kerasgen.losses.sparsity import bernoulli_kl

__all__ = [
    "least_squares_discriminator_loss",
    "least_squares_generator_loss",
    "wasserstein_discriminator_loss",
    "wasserstein_generator_loss",
    "hinge_discriminator_loss",
    "hinge_generator_loss",
    "relativistic_discriminator_loss",
    "relativistic_generator_loss",
    "gradient_penalty",
    "squared_gradient_norm",
    "adversarial_losses",
    "bernoulli_kl",
    "bernoulli_log_likelihood",
    "binary_cross_entropy",
    "bounded_log_variance",
    "code_log_likelihood",
    "codebook_loss",
    "commitment_loss",
    "discretized_logistic_log_likelihood",
    "gaussian_kl",
    "gaussian_log_density",
    "gaussian_mixture_log_density",
    "kl_decomposition",
    "stratified_log_weights",
    "gaussian_log_likelihood",
    "minimax_discriminator_loss",
    "minimax_generator_loss",
    "non_saturating_discriminator_loss",
    "non_saturating_generator_loss",
    "projected_jacobian_norm",
    "reconstruction_loss",
    "squared_error",
    "squared_jacobian_norm",
]
