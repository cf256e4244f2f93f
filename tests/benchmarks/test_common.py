"""What benchmarks keep, and how they draw labels."""

import argparse
import pathlib

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen.utils import files
from tests.benchmarks.loading import load


@pytest.fixture
def common():
    return load("common")


def test_results_are_measured_once(common, tmp_path):
    calls = []

    def measure():
        calls.append(1)
        return {"error": 0.5}

    path = tmp_path / "0.json"
    first = common.kept(path, {"epochs": 3}, False, measure)
    assert common.kept(path, {"epochs": 3}, False, measure) == first
    assert len(calls) == 1
    common.kept(path, {"epochs": 3}, True, measure)
    assert len(calls) == 2
    with pytest.raises(SystemExit, match="other settings"):
        common.kept(path, {"epochs": 4}, False, measure)
    assert files.read_json(path)["error"] == 0.5


def test_models_are_trained_once(common, tmp_path):
    calls = []

    def build():
        calls.append(1)
        return kerasgen.VAE((4,), 2, network="mlp", seed=0)

    path = tmp_path / "model.keras"
    first = common.kept_model(path, False, build)
    second = common.kept_model(path, False, build)
    assert len(calls) == 1
    rows = np.ones((2, 4), np.float32)
    np.testing.assert_allclose(
        first.encode(rows), second.encode(rows), atol=1e-6
    )
    assert common.training_minutes(path) >= 0
    # Once in a run, also when all is to be repeated.
    common.kept_model(path, True, build)
    assert len(calls) == 1


def test_labels_are_balanced(common):
    labels = np.repeat([0, 1, 2], [50, 20, 30])
    chosen = common.balanced(labels, 30, 0)
    np.testing.assert_array_equal(np.bincount(labels[chosen]), [10, 10, 10])
    assert len(set(chosen)) == 30
    np.testing.assert_array_equal(chosen, common.balanced(labels, 30, 0))
    assert set(chosen) != set(common.balanced(labels, 30, 1))


def test_settings_are_what_a_result_depends_on(common):
    options = argparse.Namespace(
        seeds=[0], out=pathlib.Path("x"), overwrite=True, rows=["a"], epochs=3
    )
    assert common.settings_of(options, "rows") == {"epochs": 3}


def test_tables(common, tmp_path, capsys):
    path = tmp_path / "table.md"
    row = ["a", common.spread([1.0, 3.0], "{:.1f}")]
    common.write_table(path, ["Row", "Value"], [row], "Note.")
    expected = "| Row | Value |\n| --- | --- |\n| a | 2.0 +- 1.0 |\n\nNote.\n"
    assert path.read_text() == expected
    assert "2.0 +- 1.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name",
    ["anomaly", "augmentation", "clustering", "few_labels", "inpainting"],
)
def test_help_says_the_protocol(name, monkeypatch, capsys):
    benchmark = load(name)
    monkeypatch.setattr("sys.argv", [name, "--help"])
    with pytest.raises(SystemExit) as left:
        benchmark.parse_arguments()
    assert left.value.code == 0
    output = capsys.readouterr().out
    assert "--seeds" in output
    assert "MNIST" in output


def test_augmentation_on_few_images():
    """The parts fit together; digits stand in for MNIST."""
    benchmark = load("augmentation")
    images, labels = kerasgen.data.load_arrays("digits")
    test = kerasgen.data.load_arrays("digits", "test")
    options = argparse.Namespace(
        latent_dim=8,
        hidden_units=[128],
        epochs=60,
        components=10,
        factor=2,
        steps=20,
    )
    model = benchmark.conditional_model(images, labels, 0, options)
    sampler = benchmark.sampler_of(model, images, labels, options)
    classes = np.arange(500) % 10
    drawn = sampler.generate(500, seed=0, labels=classes)
    assert benchmark.neighbour_error(drawn, classes, *test) < 0.2
    assert benchmark.neighbour_error(*test, *test) == 0


def test_few_labels_of_latents_that_are_easy():
    benchmark = load("few_labels")
    keras.utils.set_random_seed(0)
    images, labels = kerasgen.data.load_arrays("digits")
    test = kerasgen.data.load_arrays("digits", "test")
    model = kerasgen.VAE((8, 8, 1), 8, seed=0)
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(images, batch_size=32, epochs=20, verbose=0)
    options = argparse.Namespace(labels=[100], draws=2, svm_c=3.0)
    found = benchmark.measure(model, (images, labels), test, 0, options)
    assert set(found) == {"labels_alone_100", "label_spreading_100"}
    for errors in found.values():
        assert len(errors) == 2
        assert max(errors) < 0.35
    # Labels of the others are worth something.
    assert np.mean(found["label_spreading_100"]) < np.mean(
        found["labels_alone_100"]
    )
