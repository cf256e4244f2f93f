"""The command line on forms in colour."""

import json

import keras
import pytest

import kerasgen
from kerasgen.data.embedded import Shapes
from tests.cli.test_cli import call


@pytest.fixture
def small_networks(monkeypatch):
    """Few images, and networks that are not trained on them."""
    monkeypatch.setattr(Shapes, "_num_images", {"train": 256, "test": 64})
    for name, units in (("feature_network", 8), ("classifier_network", 30)):
        inputs = keras.Input((32, 32, 3))
        outputs = keras.layers.GlobalAveragePooling2D()(inputs)
        outputs = keras.layers.Dense(units, "softmax")(outputs)
        network = keras.Model(inputs, outputs)
        monkeypatch.setattr(
            kerasgen.metrics, name, lambda *_, found=network: found
        )


def test_train_draw_and_evaluate(tmp_path, small_networks, no_export):
    run = tmp_path / "run"
    small = ["--set", "network=mlp", "--set", "hidden_units=[8]"]
    options = ["--dataset", "shapes", "--epochs", 1, "--run-dir", run]
    call("train", "conditional_vae", *small, *options)
    out = tmp_path / "stars.png"
    labels = ["--labels", "red star,blue cross"]
    call("generate", run, *labels, "--num-samples", 4, "--out", out)
    assert out.exists()
    few = ["--num-samples", 50, "--seeds", 1, "--metrics"]
    exact = ["exact_label_agreement", "exact_validity"]
    call("evaluate", run, *few, ",".join(exact))
    report = json.loads((run / "report.json").read_text())
    for name in exact:
        assert report["measures"][name]["mean"] == 0
        assert report["measures"][name]["floor"] == 1
    # Classes are given to the encoder; latents need not tell them.
    error = call("evaluate", run, *few, "factor_vae_score", fails=True)
    assert "does not apply" in error
    run = tmp_path / "other"
    call("train", "vae", *small, *options[:-1], run)
    chosen = ["mutual_information_gap", "factor_vae_score"]
    call("evaluate", run, *few, ",".join(chosen))
    report = json.loads((run / "report.json").read_text())
    assert list(report["measures"]) == chosen
    assert 0 < report["measures"]["factor_vae_score"]["mean"] < 1
