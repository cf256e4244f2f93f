"""The metrics of an evaluation, and what they are computed from."""

import dataclasses
from collections.abc import Callable

import numpy as np

from kerasgen import metrics
from kerasgen.data.endpoint_kinds import Codes
from kerasgen.data.kinds import Images
from kerasgen.tasks.requirements import encodes_without_labels
from kerasgen.tasks.requirements import has_vectors

# Importance samples and images of the likelihood: the bound is nearly tight
# and the error of the mean below a nat, in a minute rather than an hour.
LIKELIHOOD_SAMPLES = 100
LIKELIHOOD_IMAGES = 1_000
# Variance of a latent's means below which it has collapsed to the prior, as the
# authors of the FactorVAE score have it.
_COLLAPSED = 0.05


@dataclasses.dataclass(frozen=True)
class Measure:
    """A metric of an evaluation.

    Args:
        compute: function. Of `Samples`, where it judges images, which may also
            be real ones; of `EvaluatedModel` where it judges the model.
        better: "lower" or "higher".
        about: str. What it says, in a few words.
        applies: function of (model, `RealImages`) to a bool.
        floor: str or None. The real images that can stand in for generated
            ones: "training", or "test" where training images are what others
            are held against, by the measure or by the classifier, which knows
            them; None where neither can.
    """

    compute: Callable
    better: str
    about: str
    applies: Callable = lambda model, real: True
    floor: str | None = "training"


def _class_divergence(samples):
    classes = samples.probabilities.argmax(axis=1)
    number = samples.probabilities.shape[1]
    share = np.bincount(samples.real.labels, minlength=number)
    return metrics.mode_coverage(classes, number, share / share.sum())[1]


def _memorization(samples):
    return metrics.memorization_share(
        samples.real.training_features, samples.features, samples.real.features
    )


def _authenticity(samples):
    return metrics.authenticity_share(
        samples.real.training_features, samples.features
    )


def _frechet_inception_distance(samples):
    return metrics.frechet_distance(
        samples.real.training_inception, samples.inception
    )


def _reconstruction_error(evaluated):
    test = evaluated.real.test
    again = evaluated.model.reconstruct(test, **evaluated.label_kwargs)
    return np.mean(np.square(test - again))


def _log_likelihood(evaluated):
    model, selected = evaluated.model, slice(LIKELIHOOD_IMAGES)
    # A sample of a flow has no bias, and takes a pass through all its steps.
    is_flow = _is_flow(model, evaluated.real)
    bound = model.log_likelihood(
        evaluated.real.test[selected],
        num_samples=1 if is_flow else LIKELIHOOD_SAMPLES,
        seed=evaluated.seed,
        **{
            name: rows[selected]
            for name, rows in evaluated.label_kwargs.items()
        },
    )
    return bound.mean()


def _perplexity(evaluated):
    metric = metrics.Perplexity(len(evaluated.code_counts))
    metric.update_state(evaluated.code_counts)
    return metric.result()


def _mutual_information(evaluated):
    import sklearn.metrics

    return sklearn.metrics.normalized_mutual_info_score(
        evaluated.real.labels, evaluated.clusters
    )


def _rand_index(evaluated):
    import sklearn.metrics

    return sklearn.metrics.adjusted_rand_score(
        evaluated.real.labels, evaluated.clusters
    )


def _factor_vae_score(evaluated):
    latents, factors = evaluated.latents, evaluated.real.factors
    # Without a prior, there is no variance that latents would collapse to.
    has_prior = evaluated.model.can("posterior")
    threshold = _COLLAPSED if has_prior else 0.0
    if not metrics.active_units(latents, threshold):
        return 1 / factors.shape[1]  # A vote of no latent knows nothing.
    return metrics.factor_vae_score(
        lambda rows: rows,
        metrics.FactorSampler(latents, factors),
        threshold=threshold,
        seed=evaluated.seed,
    )


def _of_factors(compute, about):
    """A measure of latents against factors, where these are known."""
    return Measure(
        compute,
        "higher",
        about,
        lambda model, real: (
            real.factors is not None
            and model.can("encode")
            and not model.trains_on_labels
            and has_vectors(model)
            and model.latent_shape[0] > 1
        ),
    )


def _of_clusters(compute):
    """A measure of k-means on latents, for models without classes."""
    return Measure(
        compute,
        "higher",
        "of k-means on latents against classes",
        lambda model, real: (
            encodes_without_labels(model) and real.labels is not None
        ),
    )


def _accuracy_of_nearest(samples):
    import sklearn.neighbors

    return metrics.classification_accuracy_score(
        samples.images,
        samples.labels,
        samples.real.test,
        samples.real.labels,
        sklearn.neighbors.KNeighborsClassifier(1),
    )


def _has_inception(model, real):
    return real.inception is not None and isinstance(model.kind, Images)


def _has_classifier(model, real):
    return real.classifier is not None


def _has_labelled_classifier(model, real):
    return real.classifier is not None and real.labels is not None


def _tells_classes(model, real):
    return real.classifier is not None and model.trains_on_labels


def _has_rule(model, real):
    return real.label_reader is not None


def _has_rule_and_classes(model, real):
    return real.label_reader is not None and model.trains_on_labels


def _has_likelihood(model, real):
    return model.can("log_likelihood")


def _is_flow(model, real):
    return model.num_evaluations is not None


def _has_codebook(model, real):
    if not model.can("codes"):
        return False
    return isinstance(model.endpoints()["codes"].outputs["codes"], Codes)


def _is_of_images(model, real):
    return isinstance(model.kind, Images)


IMAGE_MEASURES = {
    "frechet_distance": Measure(
        lambda samples: metrics.frechet_distance(
            samples.real.features, samples.features
        ),
        "lower",
        "of Gaussians fitted to features of generated and of test images",
    ),
    "frechet_distance_at_infinity": Measure(
        lambda samples: metrics.frechet_distance_at_infinity(
            samples.real.features, samples.features, seed=samples.seed
        ),
        "lower",
        "the same, extrapolated to infinitely many generated images",
    ),
    "frechet_inception_distance": Measure(
        _frechet_inception_distance,
        "lower",
        "the same by Inception and to training images, as papers have it (FID)",
        _has_inception,
        floor="test",
    ),
    "kernel_distance": Measure(
        lambda samples: metrics.kernel_distance(
            samples.real.features, samples.features, seed=samples.seed
        )[0],
        "lower",
        "of polynomials of features; unbiased, 0 for equal distributions",
    ),
    "sliced_wasserstein_distance": Measure(
        lambda samples: metrics.sliced_wasserstein_distance(
            samples.real.features, samples.features
        ),
        "lower",
        "of projections of features",
    ),
    "precision": Measure(
        lambda samples: samples.scores["precision"],
        "higher",
        "generated images that look real",
    ),
    "recall": Measure(
        lambda samples: samples.scores["recall"],
        "higher",
        "real images that could have been generated",
    ),
    "density": Measure(
        lambda samples: samples.scores["density"],
        "higher",
        "how densely real images surround generated ones",
    ),
    "coverage": Measure(
        lambda samples: samples.scores["coverage"],
        "higher",
        "real images with a generated one near",
    ),
    "classifier_score": Measure(
        lambda samples: metrics.classifier_score(samples.probabilities)[0],
        "higher",
        "clear images of even classes; at most the number of classes",
        _has_classifier,
        floor="test",
    ),
    "class_divergence": Measure(
        _class_divergence,
        "lower",
        "of the shares of classes from those of test images, in nats",
        _has_labelled_classifier,
    ),
    "ms_ssim": Measure(
        lambda samples: metrics.mean_pairwise_ms_ssim(
            samples.images, seed=samples.seed
        ),
        "lower",
        "likeness of pairs; above that of real images, samples are too alike",
        _is_of_images,
    ),
    "vendi_score": Measure(
        lambda samples: metrics.vendi_score(samples.features),
        "higher",
        "number of images without likeness that would be as varied",
    ),
    "memorization": Measure(
        _memorization,
        "lower",
        "images nearer to a training image than 99% of test images are",
        floor=None,
    ),
    "authenticity": Measure(
        _authenticity,
        "higher",
        "images further from the nearest training image than its own neighbour "
        "is; far below that of test images, they are copies",
        floor="test",
    ),
    "label_agreement": Measure(
        lambda samples: np.mean(
            samples.probabilities.argmax(axis=1) == samples.labels
        ),
        "higher",
        "images that the classifier takes for the class asked for",
        _tells_classes,
        floor="test",
    ),
    "exact_label_agreement": Measure(
        lambda samples: np.mean(samples.read_labels == samples.labels),
        "higher",
        "images of the class asked for, by the rule that made the data",
        _has_rule_and_classes,
        floor="test",
    ),
    "exact_validity": Measure(
        lambda samples: np.mean(samples.read_labels >= 0),
        "higher",
        "images that the rule that made the data could have made",
        _has_rule,
        floor="test",
    ),
    "classification_accuracy_score": Measure(
        _accuracy_of_nearest,
        "higher",
        "test images of the class of the generated image nearest in pixels",
        lambda model, real: model.trains_on_labels,
    ),
}
MODEL_MEASURES = {
    "reconstruction_error": Measure(
        _reconstruction_error,
        "lower",
        "mean squared error a pixel, on test images",
        lambda model, real: model.can("encode"),
    ),
    "active_units": Measure(
        lambda evaluated: metrics.active_units(evaluated.latents),
        "higher",
        "latents that depend on the image",
        lambda model, real: model.can("posterior"),
    ),
    "code_usage": Measure(
        lambda evaluated: np.mean(evaluated.code_counts > 0),
        "higher",
        "codes that stand for anything in test images",
        _has_codebook,
    ),
    "code_perplexity": Measure(
        _perplexity,
        "higher",
        "codes in even use that would say as much",
        _has_codebook,
    ),
    "clustering_accuracy": _of_clusters(
        lambda evaluated: metrics.clustering_accuracy(
            evaluated.real.labels, evaluated.clusters
        )
    ),
    "normalized_mutual_information": _of_clusters(_mutual_information),
    "adjusted_rand_index": _of_clusters(_rand_index),
    "mutual_information_gap": _of_factors(
        lambda evaluated: metrics.mutual_information_gap(
            evaluated.latents, evaluated.real.factors
        ),
        "whether each factor is known from one latent alone",
    ),
    "factor_vae_score": _of_factors(
        _factor_vae_score,
        "factors that are told by the latent that they leave unchanged",
    ),
    "log_likelihood": Measure(
        _log_likelihood,
        "higher",
        f"bound of {LIKELIHOOD_SAMPLES} samples (of flows 1), in nats, on the "
        f"first {LIKELIHOOD_IMAGES} test images if there are more",
        _has_likelihood,
    ),
    "network_evaluations": Measure(
        lambda evaluated: evaluated.model.num_evaluations,
        "lower",
        "how often the network is evaluated for a sample, with guidance twice "
        "a step",
        _is_flow,
    ),
}
MEASURES = IMAGE_MEASURES | MODEL_MEASURES
