"""Scores of how far an image is from what a model was trained on.

Each is made of a trained model, normal images, a number of samples and a seed,
and is called with a tensor of images for one score a row, higher the more
abnormal; `fits` tells the models that have it, `needs` what they must have.
None draws random numbers: noise is fixed, so that a score is a function of the
image alone, in Keras and in an export.
"""

import numpy as np
import tensorflow as tf

from kerasgen.models.vae import importance_weighting
from kerasgen.tasks.features_of_gan import discriminator_features
from kerasgen.tasks.requirements import has_vectors
from kerasgen.utils.seeds import seed_rows

# Estimates of a model without a posterior: of a flow, each goes all its steps.
_MOST_ESTIMATES = 4


class ReconstructionError:
    """Mean squared error a pixel of the reconstruction."""

    needs = "an encoder"

    @staticmethod
    def fits(model):
        return model.can("encode")

    def __init__(self, model, images, num_samples, seed):
        self.model = model

    def __call__(self, images):
        again = self.model.data_from_data(images)
        return _mean(tf.square(images - again))


class _OfSamples:
    """Scores by fixed draws from `q(z|x)`."""

    needs = "a posterior of latents, as VAE has"

    @staticmethod
    def fits(model):
        return model.can("posterior") and has_vectors(model)

    def __init__(self, model, images, num_samples, seed):
        self.model = model
        self.noise = (
            np.random.default_rng(seed)
            .normal(size=(1, num_samples, model.latent_dim))
            .astype("float32")
        )

    def log_densities(self, images):
        """`log p(x|z)`, `log p(z)`, `log q(z|x)`, a row an image.

        A model of binary pixels by threshold is given such; with dynamic ones,
        greys count by their share.
        """
        if self.model.binarization == "threshold":
            images = tf.cast(images >= 0.5, tf.float32)
        noise = tf.repeat(tf.constant(self.noise), tf.shape(images)[0], axis=0)
        with self.model.averaged_weights():
            return importance_weighting.log_densities(self.model, images, noise)


class ReconstructionProbability(_OfSamples):
    """`-E_q(z|x)[log p(x|z)]` (An and Cho 2015, algorithm 4)."""

    def __call__(self, images):
        log_likelihood, _, _ = self.log_densities(images)
        return -tf.reduce_mean(log_likelihood, axis=1)


class Likelihood(_OfSamples):
    """Minus a bound on `log p(x)`: importance-weighted, or the model's own."""

    needs = "an estimate of `log p(x)`, as VAE and FlowMatching have"

    @staticmethod
    def fits(model):
        return model.can("log_likelihood")

    def __init__(self, model, images, num_samples, seed):
        self.is_weighted = _OfSamples.fits(model)
        if self.is_weighted:
            super().__init__(model, images, num_samples, seed)
        self.model = model
        self.seeds = seed_rows(seed, min(num_samples, _MOST_ESTIMATES))

    def __call__(self, images):
        if not self.is_weighted:
            estimate = self.model.endpoints()["log_likelihood"].function
            number = tf.shape(images)[0]
            values = [
                estimate(images, tf.tile(tf.constant(row[None]), [number, 1]))
                for row in self.seeds
            ]
            return -tf.add_n(values) / len(values)
        log_likelihood, log_prior, log_posterior = self.log_densities(images)
        return -importance_weighting.log_mean_exp(
            log_likelihood + log_prior - log_posterior
        )


class LatentDensity:
    """Squared Mahalanobis distance of latents from those of normal images."""

    needs = "an encoder"

    @staticmethod
    def fits(model):
        return model.can("encode")

    def __init__(self, model, images, num_samples, seed):
        import sklearn.covariance

        self.model = model
        latents = model.encode(images).reshape(len(images), -1)
        # Shrunk, for it to be inverted where latents are more than images.
        fitted = sklearn.covariance.LedoitWolf().fit(latents)
        self.mean = fitted.location_.astype("float32")
        self.precision = fitted.precision_.astype("float32")

    def __call__(self, images):
        found = self.model.latents_from_data(images)
        offset = tf.reshape(found, (tf.shape(found)[0], -1)) - self.mean
        return tf.reduce_sum(offset * (offset @ self.precision), axis=1)


class EncoderResidual:
    """Residuals of pixels and of discriminator features of `G(E(x))`.

    `|x - G(E(x))|^2 / n + |f(x) - f(G(E(x)))|^2 / d` (Schlegl et al. 2019,
    f-AnoGAN, equation 8 with kappa 1).
    """

    needs = "a discriminator and an encoder, as BiGAN has"

    @staticmethod
    def fits(model):
        return model.can("discriminate") and model.can("encode")

    def __init__(self, model, images, num_samples, seed):
        self.model = model
        self.features = discriminator_features(model)

    def __call__(self, images):
        latents = self.model.latents_from_data(images)
        again = self.model.data_from_latents(latents)
        residual = self.features([images, latents]) - self.features(
            [again, latents]
        )
        return _mean(tf.square(images - again)) + _mean(tf.square(residual))


class Search:
    """Residuals of the best latents, which `AnomalyDetector` looks for."""

    needs = "a discriminator and no classes, as GAN has"

    @staticmethod
    def fits(model):
        return model.can("discriminate") and not model.num_classes


def check_score(score, model, name="score"):
    """Raises for a score that a model does not have; the error lists its own.

    Args:
        score: str, of `SCORES`.
        model: `GenerativeModel`.
        name: str. What the caller calls the argument.
    """
    if SCORES[score].fits(model):
        return
    fitting = ", ".join(
        repr(k) for k, each in SCORES.items() if each.fits(model)
    )
    raise ValueError(
        f"Argument `{name}` must be one that {type(model).__name__} has: "
        f"{fitting or 'there is none'}. Received: {score!r}, which needs "
        f"{SCORES[score].needs}."
    )


def _mean(values):
    """Over all but the first axis."""
    return tf.reduce_mean(tf.reshape(values, (tf.shape(values)[0], -1)), axis=1)


SCORES = {
    "reconstruction_error": ReconstructionError,
    "reconstruction_probability": ReconstructionProbability,
    "likelihood": Likelihood,
    "latent_density": LatentDensity,
    "encoder_residual": EncoderResidual,
    "search": Search,
}
