"""What no metric can judge is refused, by every function, in words."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen import metrics

ROWS = np.random.default_rng(0).normal(size=(40, 3))
LABELS = np.arange(40) % 2

# All functions of features, as functions of two sets of them.
OF_FEATURES = {
    "frechet_distance": metrics.frechet_distance,
    "frechet_distance_at_infinity": metrics.frechet_distance_at_infinity,
    "kernel_distance": metrics.kernel_distance,
    "precision_recall_density_coverage": (
        metrics.precision_recall_density_coverage
    ),
    "sliced_wasserstein_distance": metrics.sliced_wasserstein_distance,
    "memorization_share": lambda first, second: metrics.memorization_share(
        first, second, first
    ),
    "held out": lambda first, second: metrics.memorization_share(
        first, first, second
    ),
    "authenticity_share": metrics.authenticity_share,
    "vendi_score": lambda _, second: metrics.vendi_score(second),
    "classification_accuracy_score": lambda first, second: (
        metrics.classification_accuracy_score(
            first, LABELS[: len(first)], second, LABELS[: len(second)]
        )
    ),
    "active_units": lambda _, second: metrics.active_units(second),
    "mutual_information_gap": lambda _, second: metrics.mutual_information_gap(
        second, LABELS[: len(second), None]
    ),
}


def with_value(value):
    rows = ROWS.copy()
    rows[7, 1] = value
    return rows


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (ROWS[:0], "rows"),
        (ROWS[0], "shape"),
        (ROWS[:, :0], "shape"),
        (with_value(np.nan), "finite"),
        (with_value(np.inf), "finite"),
        (with_value(1e60), "1e\\+25"),
        (ROWS.astype(complex), "real numbers"),
        (np.full((40, 3), "word"), "real numbers"),
    ],
    ids=["none", "a row", "no width", "nan", "inf", "huge", "complex", "words"],
)
@pytest.mark.parametrize("name", OF_FEATURES)
def test_features_that_are_refused(name, features, message):
    if name == "classification_accuracy_score" and features.shape == (3,):
        message = "equal width"  # Images of no pixels but one.
    with pytest.raises(ValueError, match=message):
        OF_FEATURES[name](ROWS, features)


@pytest.mark.parametrize("name", OF_FEATURES)
@pytest.mark.parametrize("scale", [1e-60, 1e24])
def test_extreme_features_give_numbers(name, scale):
    found = OF_FEATURES[name](scale * ROWS, scale * ROWS[::-1])
    values = found.values() if isinstance(found, dict) else np.ravel(found)
    assert all(np.isfinite(value) for value in values)


@pytest.mark.parametrize(
    ("dtype", "exponent"),
    [("float32", -90), ("float32", 80), ("float64", -200), ("float64", 80)],
)
def test_distances_compare_at_any_scale(dtype, exponent):
    rows = ROWS.astype(dtype), ROWS[::-1].astype(dtype) + 0.25
    expected = metrics.precision_recall_density_coverage(*rows)
    found = metrics.precision_recall_density_coverage(
        *(np.ldexp(x, exponent) for x in rows)
    )
    assert found == expected
    assert 0 < found["coverage"] <= 1


def test_integers_are_features():
    bits = np.random.default_rng(0).integers(0, 9, (40, 3)).astype("uint8")
    for name, function in OF_FEATURES.items():
        # In their own type, 3 - 5 would be 254.
        assert function(bits, bits[::-1]) == function(
            bits.astype(float), bits[::-1].astype(float)
        ), name


@pytest.mark.parametrize("name", ["labels", "clusters"])
def test_clusters_that_are_refused(name):
    given = {"labels": [0.0, 1.0], "clusters": [1.0, 0.0]}
    for values, message in (([np.nan, 1.0], name), ([], "one shape")):
        for function in (
            metrics.clustering_accuracy,
            metrics.clustering_scores,
        ):
            with pytest.raises(ValueError, match=message):
                function(**{**given, name: values})


@pytest.mark.parametrize(
    "probabilities",
    [np.zeros((0, 2)), np.zeros((20, 0)), np.full((20, 2), np.nan)],
)
def test_probabilities_that_are_refused(probabilities):
    with pytest.raises(ValueError, match="probabilities"):
        metrics.classifier_score(probabilities)


class Factors:
    num_factors = 2

    def __call__(self, generator, number, factor):
        return generator.uniform(size=(number, 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"encode": lambda x: x * np.nan}, "finite"),
        ({"batch_size": 1}, "batch_size"),
        ({"num_votes": 0}, "num_votes"),
        ({"num_test_votes": 0}, "num_test_votes"),
    ],
)
def test_votes_that_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.factor_vae_score(
            **{"encode": lambda x: x, "sample": Factors(), **arguments}
        )


@pytest.mark.parametrize("values", [np.full((40, 1), 0.5), [[np.nan]] * 40])
def test_factors_that_are_refused(values):
    factors = np.asarray(values) + LABELS[:, None]
    with pytest.raises(ValueError, match="`factors` must be integers"):
        metrics.mutual_information_gap(ROWS, factors)


@pytest.mark.parametrize("metric", [metrics.Perplexity, metrics.CodeUsage])
def test_no_codes(metric):
    with pytest.raises(ValueError, match="num_embeddings"):
        metric(0)


@pytest.mark.parametrize(
    "metric", ["FrechetDistance", "KernelDistance", "ClassifierScore"]
)
def test_images_that_named_networks_do_not_know(metric):
    made = getattr(metrics, metric)("digits")
    images = np.random.default_rng(0).random((4, 8, 8, 1))
    levels = (255 * images).astype("uint8")
    for wrong in (levels, levels.astype("float32"), -images):
        with pytest.raises(ValueError, match="in \\[0, 1\\]"):
            made.update_state(images, wrong)
    with pytest.raises(ValueError, match="floating point"):
        tf.function(made.update_state)(images, levels)
    made.update_state(images, images)
