"""All metrics that apply to a trained model, beside what real data reach."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from kerasgen import metrics
from kerasgen.data.validation import check_images
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer

# Importance samples and images of the likelihood: the bound is nearly tight
# and the error of the mean below a nat, in a minute rather than an hour.
LIKELIHOOD_SAMPLES = 100
LIKELIHOOD_IMAGES = 1_000


@dataclasses.dataclass(frozen=True)
class Measure:
    """A metric of an evaluation.

    Args:
        compute: function. Of `Samples`, where it judges images, which may also
            be real ones; of (model, `RealImages`, seed) where it judges the
            model.
        better: "lower" or "higher".
        about: str. What it says, in a few words.
        applies: function of (model, classifier or None) to a bool.
        has_floor: bool. Whether training images can stand in for generated
            ones.
    """

    compute: Callable
    better: str
    about: str
    applies: Callable = lambda model, classifier: True
    has_floor: bool = True


class RealImages:
    """Training and test images, and what is computed of them once."""

    def __init__(self, training, test, labels, network, classifier):
        self.training = training
        self.test = test
        self.labels = labels
        self.network = network
        self.classifier = classifier

    @functools.cached_property
    def features(self):
        """Of the test images."""
        return _predict(self.network, self.test)

    @functools.cached_property
    def training_features(self):
        return _predict(self.network, self.training)


class Samples:
    """Images that are judged: generated, or real ones in their place."""

    def __init__(self, images, labels, real, seed):
        self.images = images
        self.labels = labels
        self.real = real
        self.seed = seed

    @functools.cached_property
    def features(self):
        return _predict(self.real.network, self.images)

    @functools.cached_property
    def probabilities(self):
        return _predict(self.real.classifier, self.images)

    @functools.cached_property
    def scores(self):
        return metrics.precision_recall_density_coverage(
            self.real.features, self.features
        )


def evaluate(
    model,
    training,
    test,
    labels=None,
    features=None,
    classifier=None,
    measures=None,
    num_samples=10_000,
    num_seeds=3,
    seed=0,
    progress=None,
):
    """Takes all metrics that apply to a model, and what real data reach.

    The floor is the metric of real training images in the place of generated
    ones, as many of them, against the same test images.

    Args:
        model: `GenerativeModel`.
        training: array of images. Those that the model was trained on.
        test: array of images that it was not trained on.
        labels: pair of integer arrays or None. Classes of `training` and of
            `test`.
        features: keras.Model from images to features of shape `(batch, d)`.
        classifier: keras.Model from images to probabilities of classes, or
            None to leave out the metrics that need one.
        measures: sequence of keys of `MEASURES` or None for all that apply.
        num_samples: int. Images that are generated, for each seed.
        num_seeds: int. Seeds from `seed` on that are generated from.
        seed: int.
        progress: function or None. It is called with the steps done, the
            number of steps, and the name of the next.

    Returns:
        dict with `num_samples`, `num_training`, `num_test`, `features` (the
        network's name), `seeds`, and `measures`: a dict from each name to
        `values` (one a seed), `mean`, `deviation` (over seeds), `floor` (None
        where real images have none), `better` and `about`.

    Raises:
        ValueError: for images that do not fit the model, unknown measures, or
            one that does not apply to the model.
    """
    check_images(training, model.data_shape, name="training")
    check_images(test, model.data_shape, name="test")
    check_positive_integer("num_samples", num_samples)
    check_positive_integer("num_seeds", num_seeds)
    if model.trains_on_labels and labels is None:
        raise ValueError(
            "Argument `labels` must be given for a model of classes. Received: "
            "None."
        )
    chosen = _choose(measures, model, classifier)
    training_labels, test_labels = (None, None) if labels is None else labels
    real = RealImages(training, test, test_labels, features, classifier)
    seeds = list(range(seed, seed + num_seeds))
    values = {name: [] for name in chosen}
    floors = dict.fromkeys(chosen)
    steps = _Steps(progress, (num_seeds + 1) * len(chosen))
    for number in seeds:
        samples = Samples(
            model.generate(num_samples, seed=number),
            None
            if not model.trains_on_labels
            else np.arange(num_samples) % model.num_classes,
            real,
            number,
        )
        for name in chosen:
            steps.next(f"{name}, seed {number}")
            if name in IMAGE_MEASURES:
                value = IMAGE_MEASURES[name].compute(samples)
            elif number == seed:
                value = MODEL_MEASURES[name].compute(model, real, number)
            else:
                continue
            values[name].append(float(value))
    stand_in = _stand_in(training, training_labels, num_samples, real, seed)
    for name in chosen:
        steps.next(f"{name} of real images")
        if name in IMAGE_MEASURES and MEASURES[name].has_floor:
            floors[name] = float(IMAGE_MEASURES[name].compute(stand_in))
    steps.end()
    return {
        "num_samples": num_samples,
        "num_training": len(training),
        "num_test": len(test),
        "features": features.name,
        "seeds": seeds,
        "measures": {
            name: {
                "values": values[name],
                "mean": float(np.mean(values[name])),
                "deviation": float(np.std(values[name])),
                "floor": floors[name],
                "better": MEASURES[name].better,
                "about": MEASURES[name].about,
            }
            for name in chosen
        },
    }


def _choose(measures, model, classifier):
    """Names of the measures to take, in the order of `MEASURES`."""
    applicable = [
        name
        for name, measure in MEASURES.items()
        if measure.applies(model, classifier)
    ]
    if measures is None:
        return applicable
    for name in measures:
        check_choice("measures", name, MEASURES)
        if name not in applicable:
            raise ValueError(
                f"Argument `measures` holds {name!r}, which does not apply to "
                f"{type(model).__name__}. Those that do: "
                f"{', '.join(applicable)}."
            )
    return [name for name in applicable if name in measures]


def _stand_in(training, labels, num_samples, real, seed):
    """Training images in the place of generated ones."""
    chosen = np.random.default_rng(seed).permutation(len(training))
    chosen = chosen[:num_samples]
    labels = None if labels is None else labels[chosen]
    return Samples(training[chosen], labels, real, seed)


class _Steps:
    """Tells how far it is."""

    def __init__(self, progress, number):
        self.progress = progress or (lambda *arguments: None)
        self.number = number
        self.done = 0

    def next(self, name):
        self.progress(self.done, self.number, name)
        self.done += 1

    def end(self):
        self.progress(self.number, self.number, "done")


def _class_divergence(samples):
    classes = samples.probabilities.argmax(axis=1)
    number = samples.probabilities.shape[1]
    share = np.bincount(samples.real.labels, minlength=number)
    return metrics.mode_coverage(classes, number, share / share.sum())[1]


def _memorization(samples):
    return metrics.memorization_share(
        samples.real.training_features, samples.features, samples.real.features
    )


def _reconstruction_error(model, real, seed):
    again = model.reconstruct(real.test, **_labels(model, real))
    return np.mean(np.square(real.test - again))


def _active_units(model, real, seed):
    means = model.encode(real.test, **_labels(model, real))
    return metrics.active_units(means.reshape(len(means), -1))


def _log_likelihood(model, real, seed):
    chosen = slice(LIKELIHOOD_IMAGES)
    labels = {k: v[chosen] for k, v in _labels(model, real).items()}
    bound = model.log_likelihood(
        real.test[chosen], num_samples=LIKELIHOOD_SAMPLES, seed=seed, **labels
    )
    return bound.mean()


def _labels(model, real):
    return {} if not model.trains_on_labels else {"labels": real.labels}


def _predict(network, images):
    return network.predict(images, batch_size=500, verbose=0)


def _has_classifier(model, classifier):
    return classifier is not None


def _has_classes(model, classifier):
    return classifier is not None and model.trains_on_labels


def _has_likelihood(model, classifier):
    return hasattr(model, "log_likelihood")


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
    ),
    "class_divergence": Measure(
        _class_divergence,
        "lower",
        "of the shares of classes from those of test images, in nats",
        _has_classifier,
    ),
    "ms_ssim": Measure(
        lambda samples: metrics.mean_pairwise_ms_ssim(
            samples.images, seed=samples.seed
        ),
        "lower",
        "likeness of pairs; above that of real images, samples are too alike",
    ),
    "memorization": Measure(
        _memorization,
        "lower",
        "images nearer to a training image than 99% of test images are",
        has_floor=False,
    ),
    "label_agreement": Measure(
        lambda samples: np.mean(
            samples.probabilities.argmax(axis=1) == samples.labels
        ),
        "higher",
        "images that the classifier takes for the class asked for",
        _has_classes,
    ),
    "classification_accuracy_score": Measure(
        lambda samples: metrics.classification_accuracy_score(
            samples.features,
            samples.labels,
            samples.real.features,
            samples.real.labels,
        ),
        "higher",
        "on test images, of a classifier trained on generated ones",
        _has_classes,
    ),
}
MODEL_MEASURES = {
    "reconstruction_error": Measure(
        _reconstruction_error,
        "lower",
        "mean squared error a pixel, on test images",
        lambda model, classifier: model.has_encoder,
    ),
    "active_units": Measure(
        _active_units,
        "higher",
        "latents that depend on the image",
        lambda model, classifier: model.has_encoder,
    ),
    "log_likelihood": Measure(
        _log_likelihood,
        "higher",
        f"bound of {LIKELIHOOD_SAMPLES} samples on {LIKELIHOOD_IMAGES} test "
        "images, in nats",
        _has_likelihood,
    ),
}
MEASURES = IMAGE_MEASURES | MODEL_MEASURES
