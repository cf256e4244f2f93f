"""Scores of classes, modes, latents and copies, against numbers by hand."""

import numpy as np
import pytest
import scipy.linalg
import scipy.stats
import tensorflow as tf

from kerasgen import metrics
from kerasgen.metrics import similarity


def test_mode_coverage_by_hand():
    covered, divergence = metrics.mode_coverage(
        [0, 1, 1, 1, -1], 3, probabilities=[0.5, 0.25, 0.25]
    )
    assert covered == 2
    expected = 0.25 * np.log(0.25 / 0.5) + 0.75 * np.log(0.75 / 0.25)
    assert divergence == pytest.approx(expected, rel=1e-12)
    assert metrics.mode_coverage([1], 2, [1.0, 0.0]) == (1, np.inf)
    assert metrics.mode_coverage(np.arange(1000), 1000) == (1000, 0.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5], 2), "modes"),
        (([2], 2), "below num_modes=2"),
        (([0], 0), "num_modes"),
        (([0], 2, [0.5, 0.6]), "probabilities"),
        (([0], 2, [np.nan, 1.0]), "probabilities"),
        # No sample has a mode: of shares there are none.
        (([-1, -1], 2), "2 samples, none of which"),
        ((np.zeros(0, int), 2), "0 samples"),
    ],
)
def test_bad_modes(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.mode_coverage(*arguments)


def test_classifier_score_by_hand():
    probabilities = np.array([[0.8, 0.2], [0.3, 0.7]])
    marginal = np.array([0.55, 0.45])
    divergence = (probabilities * np.log(probabilities / marginal)).sum(1)
    score, deviation = metrics.classifier_score(probabilities, num_splits=1)
    assert score == pytest.approx(np.exp(divergence.mean()), rel=1e-12)
    assert deviation == 0
    # All alike, and sure of it: the lowest score.
    same = np.tile([1.0, 0.0], (20, 1))
    assert metrics.classifier_score(same) == (1.0, 0.0)
    # Equal parts of two shuffled classes are near 2.
    both = np.eye(2)[np.arange(2000) % 2]
    score, deviation = metrics.classifier_score(both)
    assert 1.97 < score <= 2
    assert 0 < deviation < 0.03
    with pytest.raises(ValueError, match="probabilities"):
        metrics.classifier_score([[0.5, 0.6]], num_splits=1)


def test_streaming_classifier_score():
    probabilities = np.random.default_rng(0).dirichlet([0.3] * 4, size=50)
    # Logarithms of 0 count for nothing.
    probabilities[0] = [1, 0, 0, 0]
    metric = metrics.ClassifierScore(num_features=4)
    assert float(metric.result()) == 1
    for part in np.array_split(probabilities, 3):
        metric.update_state(None, part)
    expected, _ = metrics.classifier_score(probabilities, num_splits=1)
    np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-12)
    images = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)
    metric = metrics.ClassifierScore("digits")
    metric.update_state(None, images)
    network = metrics.classifier_network("digits")
    expected, _ = metrics.classifier_score(
        network.predict(images, verbose=0), num_splits=1
    )
    np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-5)


def test_classification_accuracy_score():
    draw = np.random.default_rng(0)
    labels = draw.integers(3, size=600)
    images = draw.normal(size=(600, 2, 2, 1))
    images[:, 0, 0, 0] += 8 * labels
    arguments = images[:300], labels[:300], images[300:], labels[300:]
    assert metrics.classification_accuracy_score(*arguments) > 0.97
    # Labels that the images do not bear out teach nothing.
    wrong = images[:300], draw.permutation(labels[:300]), *arguments[2:]
    assert metrics.classification_accuracy_score(*wrong) < 0.6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shift", [0, 1, -3000])
def test_memorization_of_ties(shift, dtype):
    """An image as far as the threshold is not nearer, wherever zero is."""
    draw = np.random.default_rng(0)
    training, generated, held_out = (
        draw.integers(0, 2, (rows, 20)) for rows in (60, 400, 500)
    )

    def squared(rows):
        return np.square(rows[:, None] - training).sum(axis=2).min(axis=1)

    found = metrics.memorization_share(
        *((x + shift).astype(dtype) for x in (training, generated, held_out)),
        quantile=0.2,
    )
    threshold = np.sort(squared(held_out))[100]
    expected = (squared(generated) < threshold).mean()
    assert 0.02 < expected < 0.98
    assert found == pytest.approx(expected, abs=1e-12)


def test_memorization():
    draw = np.random.default_rng(0).normal
    training, held_out, fresh = (draw(size=(2000, 6)) for _ in range(3))
    share = metrics.memorization_share(training, fresh, held_out, 0.1)
    assert share == pytest.approx(0.1, abs=0.04)
    copies = training + 1e-3 * draw(size=training.shape)
    assert metrics.memorization_share(training, copies, held_out) == 1
    half = np.concatenate([copies[:1000], fresh[:1000]])
    share = metrics.memorization_share(training, half, held_out)
    assert share == pytest.approx(0.505, abs=0.01)


def by_loops(training, generated):
    """Authentic images, one after another."""
    found = []
    for image in generated:
        distances = [np.square(image - other).sum() for other in training]
        nearest = int(np.argmin(distances))
        others = np.delete(training, nearest, axis=0)
        to_other = np.square(training[nearest] - others).sum(axis=1).min()
        found.append(distances[nearest] > to_other)
    return np.mean(found)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["normal", "binary"])
def test_authenticity(kind, dtype):
    draw = np.random.default_rng(0)
    if kind == "normal":
        training = draw.normal(size=(300, 4)) + 100
        generated = draw.normal(size=(600, 4)) + 100
    else:
        # Where most distances are equal, and some images too.
        training = draw.integers(0, 2, (60, 8)) - 1000
        generated = draw.integers(0, 2, (600, 8)) - 1000
    training, generated = training.astype(dtype), generated.astype(dtype)
    expected = by_loops(training.astype("float64"), generated.astype("float64"))
    assert 0.05 < expected < 0.95
    found = metrics.authenticity_share(training, generated)
    assert found == pytest.approx(expected, abs=1e-12)


def test_authenticity_of_closed_cases():
    training = np.array([[0.0], [1.0], [3.0]])
    # The nearest to 0 and to 1 are 1 apart, that of 3 is 2 away.
    cases = {0.0: 0, 0.4: 0, -1.0: 0, -1.1: 1, 4.9: 0, 5.0: 0, 5.1: 1, 2.5: 0}
    for place, expected in cases.items():
        found = metrics.authenticity_share(training, [[place]])
        assert found == expected, place
    assert metrics.authenticity_share(training, training) == 0
    share = metrics.authenticity_share(training, [[9.0], [0.0], [1.0], [-7.0]])
    assert share == 0.5
    with pytest.raises(ValueError, match="at least two rows"):
        metrics.authenticity_share(training[:1], training)


class TestVendiScore:
    def test_of_equal_images(self):
        row = np.random.default_rng(0).normal(size=(1, 6))
        for rows in (row, np.repeat(row, 40, axis=0), np.zeros((4, 6))):
            assert metrics.vendi_score(rows) == pytest.approx(1, abs=1e-9)
        # Lengths do not matter, only directions.
        lengths = np.geomspace(1e-20, 1e20, 7)[:, None]
        found = metrics.vendi_score(row * lengths)
        assert found == pytest.approx(1, abs=1e-9)

    @pytest.mark.parametrize("order", [0, 0.5, 1, 2, np.inf])
    def test_of_images_without_likeness(self, order):
        draw = np.random.default_rng(0).normal
        basis = np.linalg.qr(draw(size=(12, 12)))[0]
        # Products of features, of images, and with one that has no direction.
        for rows, expected in (
            (basis, 12),
            (basis[:5], 5),
            (np.tile(basis, (9, 1)), 12),
            (np.concatenate([basis[:5], np.zeros((1, 12))]), 6),
        ):
            found = metrics.vendi_score(rows, order)
            assert found == pytest.approx(expected, rel=1e-6)

    def test_of_clusters(self):
        """Of shares 1/2, 1/4 and 1/4, whose entropy is 1.5 bits."""
        rows = np.eye(9)[[0, 0, 1, 2] * 10]
        found = {q: metrics.vendi_score(rows, q) for q in (0, 1, 2, np.inf)}
        expected = {0: 3, 1: 2**1.5, 2: 1 / (1 / 4 + 2 / 16), np.inf: 2}
        assert found == pytest.approx(expected, rel=1e-9)
        # It tends to what the largest share gives.
        score = metrics.vendi_score(rows, 1e5)
        assert score == pytest.approx(2, rel=1e-4)
        for near_one in (1 - 1e-6, 1 + 1e-6, 1 + 1e-12):
            score = metrics.vendi_score(rows, near_one)
            assert score == pytest.approx(2**1.5, rel=1e-5)

    @pytest.mark.parametrize("shape", [(50, 8), (8, 50), (20, 20)])
    def test_equals_the_matrix_of_similarities(self, shape):
        rows = np.random.default_rng(0).normal(size=shape) + 1
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        shares = scipy.linalg.eigvalsh(unit @ unit.T / len(rows))
        entropy = scipy.stats.entropy(np.maximum(shares, 0))
        found = metrics.vendi_score(rows)
        assert found == pytest.approx(np.exp(entropy), rel=1e-6)
        found = metrics.vendi_score(rows.astype("float32"))
        assert found == pytest.approx(np.exp(entropy), rel=1e-5)

    def test_refusals(self):
        for order in (-1, np.nan, None):
            with pytest.raises(ValueError, match="order"):
                metrics.vendi_score(np.eye(3), order)


def test_active_units():
    means = np.random.default_rng(0).normal(size=(1000, 3)) * [1, 0.2, 0.05]
    assert metrics.active_units(means) == 2
    assert metrics.active_units(means, threshold=0.5) == 1
    assert metrics.active_units(np.ones((5, 3))) == 0


def test_mutual_information_gap():
    draw = np.random.default_rng(0)
    factors = draw.integers(4, size=(20_000, 2))
    one_each = factors + 0.01 * draw.normal(size=factors.shape)
    score = metrics.mutual_information_gap(one_each, factors)
    assert score == pytest.approx(1, abs=0.01)
    # Two latents that tell the same have no gap.
    twice = np.repeat(one_each[:, :1], 2, axis=1)
    assert metrics.mutual_information_gap(twice, factors[:, :1]) == 0
    # A latent that knows one of the two bits of a factor of four values.
    half = np.stack([factors[:, 0] // 2, draw.normal(size=20_000)], axis=1)
    score = metrics.mutual_information_gap(half, factors[:, :1])
    assert score == pytest.approx(0.5, abs=0.01)
    with pytest.raises(ValueError, match="one value"):
        metrics.mutual_information_gap(half, np.zeros((20_000, 1), int))


class Squares:
    """Latents that are the factors, or a mixture of them."""

    num_factors = 3

    def __call__(self, generator, number, factor):
        factors = generator.uniform(size=(number, 3))
        if factor is not None:
            factors[:, factor] = factors[0, factor]
        return factors


def test_factor_vae_score():
    options = {"sample": Squares(), "num_votes": 200, "num_test_votes": 200}
    assert metrics.factor_vae_score(lambda rows: rows, **options) == 1
    # A latent without variance must not win every vote.
    with_dead = metrics.factor_vae_score(
        lambda rows: np.concatenate([rows, 1e-6 * rows[:, :1]], 1), **options
    )
    assert with_dead == 1
    # Latents of noise vote at random.
    noise = np.random.default_rng(0)
    chance = metrics.factor_vae_score(
        lambda rows: noise.normal(size=rows.shape), **options
    )
    assert chance == pytest.approx(1 / 3, abs=0.12)


def test_numbered_factors():
    scales = np.arange(100)[::-1] / 7
    found = metrics.numbered_factors({"scale": scales, "form": scales > 5}, 4)
    assert np.bincount(found[:, 0]).tolist() == [25] * 4
    assert (np.diff(found[:, 0]) <= 0).all()
    np.testing.assert_array_equal(found[:, 1], scales > 5)
    with pytest.raises(ValueError, match="one shape"):
        metrics.numbered_factors({"form": [1, 2], "scale": [1.0]})


def test_rows_of_one_factor():
    generator = np.random.default_rng(0)
    factors = generator.integers(0, [3, 5], (200, 2))
    sample = metrics.FactorSampler(np.arange(200), factors)
    drawn = [sample(generator, 30, factor) for factor in (0, 1) * 40]
    for number, rows in enumerate(drawn):
        shared, other = number % 2, 1 - number % 2
        assert len(set(factors[rows, shared])) == 1
        assert len(set(factors[rows, other])) > 1
    # Values come as often as they are, and all rows of each.
    values = np.bincount(factors[np.concatenate(drawn[::2]), 0])
    assert values.min() > 0.15 * values.sum()
    assert len(set(np.concatenate(drawn))) == 200
    assert len(set(sample(generator, 2000, None))) > 190
    # Latents that are the factors.
    sample = metrics.FactorSampler(factors.astype(float), factors)
    score = metrics.factor_vae_score(lambda rows: rows, sample, 50, 50)
    assert score == 1
    with pytest.raises(ValueError, match=r"factors.*\(3, factors\)"):
        metrics.FactorSampler(np.zeros(3), factors)


def test_clustering_accuracy():
    labels = np.array([0, 0, 0, 1, 1, 2])
    assert metrics.clustering_accuracy(labels, [7, 7, 7, 1, 1, 4]) == 1
    assert metrics.clustering_accuracy(labels, np.zeros(6)) == 0.5
    # Greedily, cluster 0 would take class 0 and leave only 2 of 6.
    greedy = metrics.clustering_accuracy([0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 0, 1])
    assert greedy == pytest.approx(0.5)
    clusters = np.array([1, 1, 0, 0, 0, 2])
    assert metrics.clustering_accuracy(labels, clusters) == pytest.approx(5 / 6)
    with pytest.raises(ValueError, match="one shape"):
        metrics.clustering_accuracy(labels, [0])


def test_ms_ssim_weights_scales_by_the_paper():
    """Large images take all five scales, as TensorFlow does by default."""
    images = np.random.default_rng(0).random((4, 180, 180, 1), np.float32)
    blurred = tf.nn.avg_pool2d(images, 3, 1, "SAME").numpy()
    np.testing.assert_allclose(
        similarity.ms_ssim(images, blurred),
        tf.image.ssim_multiscale(images, blurred, 1.0).numpy(),
        rtol=1e-3,
    )


def test_ms_ssim_by_hand():
    """One scale of 8 by 8, with one window: means and (co)variances of all."""
    first, second = np.random.default_rng(0).random((2, 8, 8))
    line = np.exp(-((np.arange(8) - 3.5) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / np.outer(line, line).sum()

    def mean(values):
        return (window * values).sum()

    means = mean(first), mean(second)
    variances = [mean(x**2) - m**2 for x, m in zip((first, second), means)]
    covariance = mean(first * second) - means[0] * means[1]
    c1, c2 = 0.01**2, 0.03**2
    expected = (
        (2 * means[0] * means[1] + c1)
        / (means[0] ** 2 + means[1] ** 2 + c1)
        * (2 * covariance + c2)
        / (sum(variances) + c2)
    )
    found = similarity.ms_ssim(
        *(x[None, ..., None].astype("float32") for x in (first, second))
    )
    # What is negative counts as nothing.
    np.testing.assert_allclose(found, max(expected, 0), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: (x * 255).astype("uint8"), "floating point.*/ 255"),
        (lambda x: x > 0.5, "floating point"),
        (lambda x: x * 255, "in \\[0, 1\\]"),
        (lambda x: 2 * x - 1, "in \\[0, 1\\]"),
        (lambda x: np.where(x == x.max(), np.nan, x), "finite"),
        (lambda x: x[:0], "at least one image"),
        (lambda x: x[:1], "at least two images"),
        (lambda x: x[..., 0], "shape"),
    ],
)
def test_ms_ssim_of_what_are_no_images(change, message):
    images = np.random.default_rng(0).random((4, 12, 12, 1))
    with pytest.raises(ValueError, match=message):
        metrics.mean_pairwise_ms_ssim(change(images), 5)


@pytest.mark.parametrize("side", [8, 28, 64])
def test_ms_ssim_diversity(side):
    generator = np.random.default_rng(0)
    images = generator.random((20, side, side, 1), np.float32)
    varied = metrics.mean_pairwise_ms_ssim(images, 50)
    alike = metrics.mean_pairwise_ms_ssim(0.9 * images[:1] + 0.1 * images, 50)
    assert -0.2 < varied < 0.3
    assert 0.9 < alike < 1
    # Within classes of copies all pairs are equal.
    copies, labels = np.repeat(images, 2, axis=0), np.repeat(np.arange(20), 2)
    within = metrics.mean_pairwise_ms_ssim(copies, 50, labels=labels)
    assert within == pytest.approx(1, abs=1e-5)
    with pytest.raises(ValueError, match="labels"):
        metrics.mean_pairwise_ms_ssim(images, 5, labels=np.arange(20))
