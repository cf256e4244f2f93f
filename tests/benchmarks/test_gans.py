"""The benchmark of what GANs draw: its tables, and who is read as asked."""

import dataclasses
import json

import numpy as np
import pytest

import kerasgen
from kerasgen import metrics
from kerasgen import recipes
from tests.benchmarks.loading import load

SMALL = {"network": "mlp", "network_options": {"hidden_units": [4]}, "seed": 0}


@pytest.fixture
def benchmark(monkeypatch):
    found = load("gans")
    monkeypatch.setattr(found, "DATASET", "digits")
    monkeypatch.setattr(found, "NUM_SAMPLES", 200)
    return found


def run(benchmark, monkeypatch, folder, *words):
    monkeypatch.setattr("sys.argv", ["gans", *words, "--out", str(folder)])
    benchmark.main()
    return json.loads((folder / f"{words[0]}.json").read_text())


def test_a_row_for_each_gan(benchmark, monkeypatch, tmp_path):
    def measures(name, seed, options):
        asked = {"label_agreement": 0.9 + 0.02 * seed}
        return {
            "frechet_distance": 10.0 + 2 * seed,
            "precision": 0.8,
            "recall": 0.7,
            **(asked if name == "acgan" else {}),
            "floors": {"frechet_distance": 0.5, "precision": 0.95},
            "epochs": 7,
        }

    monkeypatch.setattr(benchmark, "measures_of_run", measures)
    found = run(
        *(benchmark, monkeypatch, tmp_path, "recipes"),
        *("--models", "gan", "acgan", "--seeds", "0", "1"),
    )
    assert found["rows"] == [
        *[
            [name, "11.000 +- 1.000", "0.800 +- 0.000", "0.700 +- 0.000", *rest]
            for name, rest in [
                ("gan", ["", 7]),
                ("acgan", ["0.910 +- 0.010", 7]),
            ]
        ],
        ["real images", "0.500 +- 0.000", "0.950 +- 0.000", "", "", ""],
    ]


def of_class(name, read):
    """Stands in for a classifier, which reads what it is told to."""

    class Classifier:
        def predict(self, samples, verbose):
            return np.eye(10)[read[: len(samples)]]

    return Classifier()


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        # Categories may stand for any class, each for another.
        ((np.arange(200) + 1) % 10, 1.0),
        (np.arange(200) % 5, 0.5),
    ],
)
def test_categories(benchmark, monkeypatch, tmp_path, read, expected):
    model = kerasgen.InfoGAN((8, 8, 1), latent_dim=2, **SMALL)
    model.save(tmp_path / "model.keras")
    monkeypatch.setattr(
        metrics, "classifier_network", lambda name: of_class(name, read)
    )
    found = benchmark.agreement(tmp_path / "model.keras")
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("name", ["gan", "acgan"])
def test_trained_by_recipe(name):
    common = load("common")
    images, labels = kerasgen.data.load_arrays("digits")
    columns = (images, labels) if name == "acgan" else (images,)
    classes = {"num_classes": 10} if name == "acgan" else {}
    model = common.trained_by_recipe(
        name, "digits", columns, 0, 2, latent_dim=3, **classes
    )
    assert model.latent_dim == 3
    rates = [float(each.learning_rate) for each in model.optimizers]
    assert rates == pytest.approx([4e-4, 4e-4])
    assert int(model.optimizer.iterations) == 2 * -(-len(images) // 64)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_trained_by_recipe_for_minutes(monkeypatch, schedule):
    recipe = dataclasses.replace(
        recipes.recipe_for("gan", "digits"), learning_rate_schedule=schedule
    )
    monkeypatch.setattr(recipes, "recipe_for", lambda name, dataset: recipe)
    columns = kerasgen.data.load_arrays("digits")[:1]
    model = load("common").trained_by_recipe(
        "gan", "digits", columns, 0, minutes=0.05
    )
    rate = float(model.optimizer.learning_rate)
    if schedule == "constant":
        assert rate == pytest.approx(recipe.learning_rate)
    else:
        assert rate < 0.1 * recipe.learning_rate
    assert int(model.optimizer.iterations) > 0


def test_few_images(benchmark, monkeypatch, tmp_path):
    trained = []
    monkeypatch.setattr(
        benchmark,
        "distances",
        lambda name, augment, images, judge, seed, options: {
            "distance": trained.append((name, augment, seed)) or 20.0
        },
    )
    monkeypatch.setattr(benchmark, "FrechetJudge", lambda *arguments: Judge())
    found = run(
        *(benchmark, monkeypatch, tmp_path, "few"),
        *("--images", "100", "--augment", "none", "diffaugment"),
        *("--seeds", "0"),
    )
    assert trained == [("dcgan", "none", 0), ("dcgan", "diffaugment", 0)]
    assert found["rows"] == [
        ["dcgan, none", "20.0"],
        ["dcgan, diffaugment", "20.0"],
        ["real images", "0.50"],
    ]


class Judge:
    floor = 0.5
