"""What metrics say of real images, spoilt on purpose."""

import os
import pathlib

import numpy as np
import pytest
import scipy.ndimage

from kerasgen import data
from kerasgen import metrics

MNIST = pathlib.Path(os.environ.get("TFDS_DATA_DIR", "/nowhere")) / "mnist"


@pytest.fixture(
    scope="module",
    params=[
        "digits",
        pytest.param(
            "mnist",
            marks=pytest.mark.skipif(
                not MNIST.exists(), reason="MNIST is not prepared"
            ),
        ),
    ],
)
def real(request):
    """Training and test images with their classes, and features of both."""
    return Real(request.param)


class Real:
    def __init__(self, name):
        self.network = metrics.feature_network(name)
        self.classifier = metrics.classifier_network(name)
        images, labels = data.load_arrays(name)
        test, self.test_labels = data.load_arrays(name, "test")
        self.all_test, self.all_test_labels = test, self.test_labels
        self.least_accuracy = {"digits": 0.985, "mnist": 0.993}[name]
        self.images, self.labels = images[:4000], labels[:4000]
        self.test, self.test_labels = test[:2000], self.test_labels[:2000]
        self.training_features = self.features_of(self.images)
        self.features = self.features_of(self.test)

    def features_of(self, images):
        return self.network.predict(images, batch_size=500, verbose=0)


def noisy(images, level):
    noise = np.random.default_rng(0).normal(size=images.shape)
    return np.clip(images + level * noise, 0, 1).astype("float32")


def blurred(images, level):
    return scipy.ndimage.gaussian_filter(images, (0, level, level, 0))


def without_classes(real, number):
    return real.images[real.labels >= number]


DISTANCES = {
    "frechet": metrics.frechet_distance,
    "kernel": lambda *pair: metrics.kernel_distance(*pair, block_size=300)[0],
    "wasserstein": metrics.sliced_wasserstein_distance,
}


@pytest.mark.parametrize("name", DISTANCES)
class TestDistances:
    def test_grow_with_damage(self, real, name):
        distance = DISTANCES[name]
        side = real.images.shape[1]
        floor = distance(real.features, real.training_features)
        for damage, levels in (
            (lambda level: noisy(real.images, level), (0.1, 0.2, 0.4)),
            # In shares of the width.
            (
                lambda level: blurred(real.images, level * side),
                (0.04, 0.07, 0.1),
            ),
            (lambda number: without_classes(real, number), (1, 3, 6)),
        ):
            values = [floor] + [
                distance(real.features, real.features_of(damage(level)))
                for level in levels
            ]
            assert (np.diff(values) > 0).all(), values

    def test_of_real_images_are_near_nothing(self, real, name):
        distance = DISTANCES[name]
        floor = distance(real.features, real.training_features)
        half = distance(
            real.features, real.features_of(without_classes(real, 5))
        )
        # The others are squares.
        share = 0.1**0.5 if name == "wasserstein" else 0.1
        assert abs(floor) < share * half


def test_dropped_classes_lower_coverage(real):
    scores = [
        metrics.precision_recall_density_coverage(
            real.features, real.features_of(without_classes(real, number))
        )
        for number in (0, 2, 5)
    ]
    coverage = [score["coverage"] for score in scores]
    assert coverage[0] > 0.85
    # The rest is covered as before: a fifth and a half of the classes is lost.
    np.testing.assert_allclose(
        coverage[1:], coverage[0] * np.array([0.8, 0.5]), atol=0.08
    )
    assert all(score["precision"] > 0.85 for score in scores)


def test_noise_lowers_precision(real):
    score = metrics.precision_recall_density_coverage(
        real.features, real.features_of(noisy(real.images, 0.8))
    )
    assert score["precision"] < 0.5
    assert score["coverage"] < 0.5


def test_copies_are_found(real):
    def share(images):
        return metrics.memorization_share(
            real.training_features, real.features_of(images), real.features
        )

    assert share(real.images[:1000]) == 1
    # Copies that someone tried to hide.
    assert share(noisy(real.images[:1000], 0.01)) > 0.5
    # One in a hundred is as near by the threshold's definition.
    half = len(real.test) // 2
    held_out, fresh = real.test[:half], real.test[half:]
    found = metrics.memorization_share(
        real.training_features,
        real.features_of(fresh),
        real.features_of(held_out),
    )
    assert found < 0.05


def test_copies_are_not_authentic(real):
    def share(images):
        return metrics.authenticity_share(
            real.training_features, real.features_of(images)
        )

    assert share(real.images[:1000]) == 0
    floor = share(real.test)
    assert 0.4 < floor < 0.7
    # Copies that someone tried to hide.
    assert share(noisy(real.images[:1000], 0.01)) < 0.1
    half = np.concatenate([real.images[:1000], real.test[:1000]])
    number = len(real.test[:1000])
    expected = share(real.test[:1000]) * number / (1000 + number)
    assert share(half) == pytest.approx(expected, abs=1e-9)


def test_fewer_classes_are_less_varied(real):
    scores = [
        metrics.vendi_score(real.features_of(without_classes(real, number)))
        for number in (0, 3, 6, 9)
    ]
    assert (np.diff(scores) < 0).all(), scores
    # One class alone.
    assert 1 < scores[-1] < 0.5 * scores[0]


def test_classifiers_are_right(real):
    probabilities = real.classifier.predict(
        real.all_test, batch_size=500, verbose=0
    )
    accuracy = (probabilities.argmax(axis=1) == real.all_test_labels).mean()
    assert accuracy >= real.least_accuracy
    score, _ = metrics.classifier_score(probabilities, num_splits=1)
    assert 9 < score <= 10
