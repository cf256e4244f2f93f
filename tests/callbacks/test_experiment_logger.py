"""Runs in trackers: MLflow's where it is, the others by what stands in."""

import contextlib
import json
import sys

import keras
import numpy as np
import pytest
from PIL import Image

import kerasgen
from kerasgen.callbacks import ExperimentLogger
from kerasgen.callbacks import SampleGrid
from kerasgen.utils import files
from tests import trackers


@pytest.fixture
def model():
    model = kerasgen.VAE(
        (8, 8, 1), 2, network_options={"hidden_units": [8]}, seed=0
    )
    model.compile("adam", run_eagerly=True)
    return model


@pytest.fixture
def report(tmp_path):
    """The folder of a report."""
    folder = tmp_path / "report"
    measures = {"coverage": {"mean": 0.25}, "recall": {"mean": float("nan")}}
    files.write_json(folder / "report.json", {"measures": measures})
    (folder / "report.html").write_text("<h1>VAE on digits</h1>")
    return folder


@pytest.fixture(params=[trackers.wandb, trackers.trackio])
def stand_in(request, monkeypatch):
    """The name of a library, and the calls of it."""
    calls = trackers.Calls()
    library = request.param(calls)
    monkeypatch.setitem(sys.modules, library.__name__, library)
    return library.__name__, calls


def test_what_the_others_are_told(stand_in, model, digits, report, tmp_path):
    name, calls = stand_in
    kept = tmp_path / "id.json"
    options = {"every": 2, "id_file": kept, "config": {"note": {"of": "me"}}}
    logger = ExperimentLogger(name, "digits", "first", **options)
    history = model.fit(digits, epochs=3, callbacks=[logger], verbose=0).history
    [(_, begun)] = calls.of("init")
    assert begun["project"] == "digits" and begun["name"] == "first"
    settings = {
        "model": "VAE",
        "latent_dim": 2,
        "network_options.hidden_units": [8],
        "optimizer": "Adam",
        "optimizer.learning_rate": 0.001,
        "dtype": "float32",
        "note.of": "me",
    }
    assert settings.items() <= begun["config"].items()
    logged = [told for (told,), _ in calls.of("log")]
    assert [told["loss"] for told in logged] == pytest.approx(history["loss"])
    assert ["samples" in told for told in logged] == [False, True, False]
    # Eight images of eight pixels a row, lines between them, enlarged.
    assert logged[1]["samples"].shape == (71 * 9, 71 * 9)
    assert len(calls.of("finish")) == 1
    # Another process sends the report, and a further `fit` goes on.
    ExperimentLogger.of_file(kept).log_report(report)
    _, again = calls.of("init")[-1]
    assert again["resume"] == "must"
    assert again["id" if name == "wandb" else "name"] == logger.run_id
    told = [told for (told,), _ in calls.of("log") + calls.of("summary")]
    assert any(entry.get("report/coverage") == 0.25 for entry in told)
    assert any(
        entry.get("report") == "<h1>VAE on digits</h1>" for entry in told
    )
    assert not any("report/recall" in entry for entry in told)
    fresh = ExperimentLogger(name, "digits", id_file=kept)
    model.fit(digits, epochs=1, callbacks=[fresh], verbose=0)
    assert fresh.run_id == logger.run_id
    assert len(calls.of("finish")) == len(calls.of("init")) == 3


@pytest.mark.parametrize("error", [RuntimeError("disk"), KeyboardInterrupt()])
def test_a_run_ends_with_its_training(stand_in, model, digits, error):
    name, calls = stand_in

    def fail(*_):
        raise error

    logger = ExperimentLogger(name)
    failing = keras.callbacks.LambdaCallback(on_epoch_begin=fail)
    with pytest.raises(type(error)):
        model.fit(digits, callbacks=[logger, failing], verbose=0)
    [(_, options)] = calls.of("finish")
    if name == "wandb":
        assert options["exit_code"] == 1
    else:
        [(_, said)] = calls.of("alert")
        assert type(error).__name__ in said["text"]


def test_grids_are_drawn_once(stand_in, model, digits, tmp_path):
    name, calls = stand_in
    grids = SampleGrid(tmp_path, every=2, num_samples=9)
    logger = ExperimentLogger(name, grids=grids)
    model.fit(digits, epochs=2, callbacks=[grids, logger], verbose=0)
    (first,), (second,) = (arguments for arguments, _ in calls.of("log"))
    assert "samples" not in first
    np.testing.assert_array_equal(
        second["samples"], np.asarray(Image.open(tmp_path / "epoch_0002.png"))
    )


def test_what_is_refused(stand_in, model, digits, tmp_path, monkeypatch):
    name, _ = stand_in
    with pytest.raises(ValueError, match="mlflow.*Received: logger='comet'"):
        ExperimentLogger("comet")
    with pytest.raises(ValueError, match="`every` must be"):
        ExperimentLogger(name, every=0)
    (tmp_path / "id.json").write_text("[]")
    with pytest.raises(ValueError, match="must name a run"):
        ExperimentLogger.of_file(tmp_path / "id.json")
    if name == "wandb":
        gone = ExperimentLogger(name, run_id="gone")
        with pytest.raises(ValueError, match="`run_id` must be of a run"):
            model.fit(digits, callbacks=[gone], verbose=0)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"pip install {name}.*\[loggers\]"):
        ExperimentLogger(name)


def test_mlflow(model, digits, report, tmp_path, monkeypatch):
    """A store of its own, in a file."""
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    try:
        _check_mlflow(mlflow, model, digits, report)
    finally:
        mlflow.set_tracking_uri(before)


def _check_mlflow(mlflow, model, digits, report):
    client = mlflow.MlflowClient()
    logger = ExperimentLogger("mlflow", "digits", "first", every=2)
    losses = model.fit(digits, epochs=2, callbacks=[logger], verbose=0).history
    further = ExperimentLogger("mlflow", "digits", run_id=logger.run_id)
    failing = keras.callbacks.LambdaCallback(on_epoch_begin=_stop_at_third)
    with contextlib.suppress(RuntimeError):
        model.fit(
            digits,
            initial_epoch=2,
            epochs=4,
            callbacks=[further, failing],
            verbose=0,
        )
    run = client.get_run(logger.run_id)
    assert (run.info.run_name, run.info.status) == ("first", "FAILED")
    assert run.data.params["network_options.hidden_units"] == "[8]"
    found = client.get_metric_history(logger.run_id, "loss")
    assert [metric.step for metric in found] == [1, 2, 3]
    assert [m.value for m in found[:2]] == pytest.approx(losses["loss"])
    pictures = client.list_artifacts(logger.run_id, "images")
    steps = {file.path.split("step+")[1].split("+")[0] for file in pictures}
    assert steps == {"2", "3"}
    further.log_report(report)
    run = client.get_run(logger.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["report/coverage"] == pytest.approx(0.25)
    names = {a.path for a in client.list_artifacts(logger.run_id, "report")}
    assert names == {"report/report.html", "report/report.json"}
    config = client.download_artifacts(logger.run_id, "config.json")
    with open(config) as stream:
        assert json.load(stream)["latent_dim"] == 2
    gone = ExperimentLogger("mlflow", run_id="0" * 32)
    with pytest.raises(ValueError, match="`run_id` must be of a run"):
        model.fit(digits, callbacks=[gone], verbose=0)


def _stop_at_third(epoch, _):
    if epoch == 3:
        raise RuntimeError
