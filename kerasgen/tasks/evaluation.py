"""All metrics that apply to a trained model, beside what real data reach."""

import numpy as np

from kerasgen import metrics
from kerasgen.tasks.digests import digest
from kerasgen.tasks.evaluated import INCEPTION_PART
from kerasgen.tasks.evaluated import EvaluatedModel
from kerasgen.tasks.evaluated import RealImages
from kerasgen.tasks.evaluated import Samples
from kerasgen.tasks.measures import IMAGE_MEASURES
from kerasgen.tasks.measures import MEASURES
from kerasgen.tasks.measures import MODEL_MEASURES
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer

# Fewer tell nothing, and some metrics are not defined for them.
LEAST_IMAGES = 30


def check_numbers(num_samples, training, test):
    """Raises for fewer images than metrics can be told by.

    Args:
        num_samples: int. Images that are generated.
        training, test: arrays of images.
    """
    if min(num_samples, len(training), len(test)) < LEAST_IMAGES:
        raise ValueError(
            f"Metrics want at least {LEAST_IMAGES} generated, training and "
            f"test images. Received: {num_samples}, {len(training)} and "
            f"{len(test)}. Of a folder, one image in ten is held out for "
            "tests: give more, or another `split`."
        )


def evaluate(
    model,
    training,
    test,
    labels,
    features,
    classifier=None,
    measures=None,
    num_samples=10_000,
    num_seeds=3,
    seed=0,
    progress=None,
    factors=None,
    label_reader=None,
    inception=None,
):
    """Takes all metrics that apply to a model, and what real data reach.

    The floor is the metric of real images in the place of generated ones, as
    many of them: training images, against the same test images, or test images
    where training images are what others are held against. So no more images
    are generated than there are training images.

    Args:
        model: `GenerativeModel`.
        training: array of images. Those that the model was trained on.
        test: array of images that it was not trained on.
        labels: pair of integer arrays or None. Classes of `training` and of
            `test`.
        features: keras.Model from images to features of shape `(batch, d)`, or
            the name of a data set (see `kerasgen.metrics.feature_network`).
        classifier: keras.Model from images to probabilities of classes, or
            None to leave out the metrics that need one.
        measures: sequence of keys of `MEASURES` or None for all that apply.
        num_samples: int. Images that are generated, for each seed; at least 30
            and at most as many as `training`.
        num_seeds: int. Seeds from `seed` on that are generated from.
        seed: int.
        progress: function or None. It is called with the steps done, the
            number of steps, and the name of the next.
        factors: dict or None. Factors of variation of `test`, as
            `kerasgen.data.load_factors` returns them; with them, latents are
            measured against factors.
        label_reader: function or None. From images to the labels that a rule
            finds without error, see `kerasgen.data.label_reader`.
        inception: keras.Model from `kerasgen.metrics.inception_network`, or
            None to leave out the distance that compares with published ones.

    Returns:
        dict with `num_samples`, `num_training`, `num_test`, `features` and
        `inception` (each the network's name and a digest of its weights; None
        without Inception), `test_images` (a digest), `seeds`, and `measures`: a
        dict from each name to `values` (one a seed; one where samples do not
        enter), `mean`, `deviation` (over seeds), `floor` (None where real
        images have none), `better` and `about`.

    Raises:
        ValueError: for images that do not fit the model, unknown measures, or
            one that does not apply to the model.
    """
    training = model.kind.checked_input(training, "training")
    test = model.kind.checked_input(test, "test")
    check_positive_integer("num_samples", num_samples)
    check_positive_integer("num_seeds", num_seeds)
    num_samples = min(num_samples, len(training))
    check_numbers(num_samples, training, test)
    if isinstance(features, str):
        features = metrics.feature_network(features)
    if model.trains_on_labels and labels is None:
        raise ValueError(
            "Argument `labels` must be given for a model of classes. Received: "
            "None."
        )
    training_labels, test_labels = (None, None) if labels is None else labels
    real = RealImages(
        training,
        test,
        test_labels,
        features,
        classifier,
        _checked_factors(factors, len(test)),
        label_reader,
        inception,
    )
    selected = _choose(measures, model, real)
    seeds = list(range(seed, seed + num_seeds))
    parts = 0
    if "frechet_inception_distance" in selected:
        parts = -(-len(training) // INCEPTION_PART)
    steps = _Steps(progress, (num_seeds + 1) * len(selected) + parts)
    if parts:
        real.take_inception(steps.next)
    values = _values(model, real, selected, num_samples, seeds, steps)
    stand_ins = {
        "training": _stand_in(
            training, training_labels, num_samples, real, seed
        ),
        "test": _stand_in(test, test_labels, num_samples, real, seed),
    }
    floors = _floors(selected, stand_ins, steps)
    steps.end()
    return {
        "num_samples": num_samples,
        "num_training": len(training),
        "num_test": len(test),
        "features": _name_of(features),
        "inception": _name_of(inception),
        "test_images": digest(test),
        "seeds": seeds,
        "measures": {
            name: _found(MEASURES[name], values[name], floors[name])
            for name in selected
        },
    }


def _found(measure, values, floor):
    """What a report has of a measure."""
    return {
        "values": values,
        "mean": float(np.mean(values)),
        "deviation": float(np.std(values)),
        "floor": floor,
        "better": measure.better,
        "about": measure.about,
    }


def _name_of(network):
    """A name that no other network has, or `None` of none."""
    if network is None:
        return None
    return f"{network.name} ({digest(*network.get_weights())})"


def _checked_factors(factors, num_images):
    """Factors of the test images as numbers, or `None`."""
    if factors is None:
        return None
    numbers = metrics.numbered_factors(factors)
    if len(numbers) != num_images:
        raise ValueError(
            "Argument `factors` must hold one value an image of `test`. "
            f"Received: {len(numbers)} for {num_images} images."
        )
    return numbers


def _values(model, real, selected, num_samples, seeds, steps):
    """Values of each measure, one a seed; one of those of the model itself."""
    evaluated = EvaluatedModel(model, real, seeds[0])
    values = {name: [] for name in selected}
    labels = None
    if model.trains_on_labels:
        labels = np.arange(num_samples) % model.num_classes
    for number in seeds:
        drawn = model.generate(num_samples, seed=number)
        samples = Samples(drawn, labels, real, number)
        for name in selected:
            steps.next(f"{name}, seed {number}")
            if name in IMAGE_MEASURES:
                value = IMAGE_MEASURES[name].compute(samples)
            elif number == seeds[0]:
                value = MODEL_MEASURES[name].compute(evaluated)
            else:
                continue
            values[name].append(float(value))
    return values


def _floors(selected, stand_ins, steps):
    """What real images reach of each measure, or `None`."""
    floors = dict.fromkeys(selected)
    for name in selected:
        steps.next(f"{name} of real images")
        if name in IMAGE_MEASURES and MEASURES[name].floor:
            stand_in = stand_ins[MEASURES[name].floor]
            floors[name] = float(IMAGE_MEASURES[name].compute(stand_in))
    return floors


def _choose(measures, model, real):
    """Names of the measures to take, in the order of `MEASURES`."""
    applicable = [
        name
        for name, measure in MEASURES.items()
        if measure.applies(model, real)
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


def _stand_in(images, labels, num_samples, real, seed):
    """Real images in the place of generated ones."""
    selected = np.random.default_rng(seed).permutation(len(images))
    selected = selected[:num_samples]
    labels = None if labels is None else labels[selected]
    return Samples(images[selected], labels, real, seed)


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
