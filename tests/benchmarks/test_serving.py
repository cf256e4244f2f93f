"""How the benchmark of serving measures, and when it fails."""

import argparse
import contextlib

import numpy as np
import pytest

import kerasgen
from tests.benchmarks.loading import load


@pytest.fixture
def benchmark():
    return load("serving")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of a model and its export, as `saved_models/` has them."""
    folder = tmp_path_factory.mktemp("saved") / "small vae"
    model = kerasgen.VAE(
        (8, 8, 1), 3, network_options={"hidden_units": [8]}, seed=0
    )
    # Untrained, it draws nearly the same grey image from all latents.
    for weight in model.decoder.trainable_weights:
        weight.assign(3 * weight)
    model.export(folder)
    model.save(folder / "model.keras")
    return folder


@pytest.fixture
def options(folder, tmp_path):
    return argparse.Namespace(
        saved_model=str(folder),
        clients=8,
        requests=2,
        server=None,
        model=None,
        out=tmp_path,
    )


def cells(path):
    """Rows of a table without its head."""
    lines = path.read_text().splitlines()[2:]
    return [line.strip("| ").split(" | ") for line in lines]


def test_load(benchmark, options):
    benchmark.load(options)
    [row] = cells(options.out / "load.md")
    assert row[:4] == ["playground", "16", "0", "0"]


def test_load_counts_wrong_answers_and_errors(benchmark, options, folder):
    with benchmark.playground(folder) as url:
        expected = np.zeros((8, 8, 8, 1), np.float32)
        row = benchmark.of_load(url, folder.name, expected, options)
        assert row[:3] == [16, 0, 16]
        row = benchmark.of_load(url, "other", expected, options)
    assert row[:3] == [16, 16, 0]


@pytest.mark.parametrize("found", [(1, 0), (0, 1)])
def test_load_fails_of_errors(benchmark, options, monkeypatch, found):
    options.server = "http://localhost:8501"
    # The playground's, and those of TensorFlow Serving.
    rows = [[16, 0, 0], [16, *found]]
    monkeypatch.setattr(benchmark, "playground", contextlib.nullcontext)
    monkeypatch.setattr(benchmark, "of_load", lambda *_: rows.pop(0))
    with pytest.raises(SystemExit, match="errors or wrong answers"):
        benchmark.load(options)
    assert not rows


def test_load_without_a_playground(benchmark, tmp_path):
    with (
        pytest.raises(SystemExit, match="nowhere did not start"),
        benchmark.playground(tmp_path / "nowhere"),
    ):
        pass


WAYS_OF_ALL = ["tf.function", "exported signature", "C API"]


@pytest.mark.parametrize(
    ("model", "own_ways"),
    [
        ("dcgan", ["Model.predict", "model(x)"]),
        ("flow_matching", ["Model.decode"]),
    ],
)
def test_latency(benchmark, tmp_path, monkeypatch, model, own_ways):
    # So few calls say nothing of how fast it is: all are too slow.
    limits = dict.fromkeys(benchmark.LIMITS, 0.0)
    monkeypatch.setattr(benchmark, "LIMITS", limits)
    options = argparse.Namespace(
        model=model, filters=2, calls=2, large_calls=2, out=tmp_path
    )
    with pytest.raises(SystemExit, match="of tf.function's time at batch 1"):
        benchmark.latency(options)
    ways = [row[0] for row in cells(tmp_path / f"latency_{model}.md")]
    assert ways[: len(own_ways) + 3] == own_ways + WAYS_OF_ALL


@pytest.mark.parametrize(
    ("predict", "function", "slow"),
    [
        (2.0, 1.0, []),
        (1.9, 1.0, ["0.53 of Model.predict's time at batch 1, over 0.5."]),
        (2.0, 0.8, ["1.25 of tf.function's time at batch 1, over 1.2."]),
        (1.0, 0.1, ["1.00 of Model.predict", "10.00 of tf.function"]),
    ],
)
def test_what_is_too_slow(benchmark, predict, function, slow):
    times = {
        # The median is 1.
        "exported signature": [0.5, 1.0, 9.0],
        "Model.predict": [predict] * 3,
        "tf.function": [function] * 3,
    }
    found = benchmark.too_slow(times)
    assert len(found) == len(slow)
    for line, words in zip(found, slow, strict=True):
        assert words in line
