"""Runs that are logged to a tracker besides."""

import sys

from kerasgen.utils import files
from tests import trackers
from tests.cli.runs import resume
from tests.cli.test_cli import call

LOGGER = ("--logger", "trackio", "--project", "of_digits")


def test_run_goes_to_a_tracker(stopped, no_export, monkeypatch):
    """Its epochs to one run there, over a stop, and its report after them."""
    calls = trackers.Calls()
    monkeypatch.setitem(sys.modules, "trackio", trackers.trackio(calls))
    resume(stopped, *LOGGER)
    [(_, begun)] = calls.of("init")
    assert begun["project"] == "of_digits"
    assert begun["name"] == stopped.path.name
    assert begun["config"]["dataset"] == "digits"
    epochs = [options["step"] for _, options in calls.of("log")]
    assert epochs == [3, 4]
    assert all("samples" in told for (told,), _ in calls.of("log"))
    kept = files.read_json(stopped.path / "logger.json")
    resume(stopped, *LOGGER)
    assert len(calls.of("init")) == 1  # It is finished.
    resume(stopped, "--epochs", 5, *LOGGER)
    assert calls.of("init")[-1][1]["resume"] == "must"
    assert files.read_json(stopped.path / "logger.json") == kept
    words = ["--num-samples", 30, "--seeds", 1, "--metrics", "coverage"]
    said = call("evaluate", stopped.path, *words)
    assert "in the run of trackio too" in said
    (told,), _ = calls.of("log")[-1]
    assert 0 <= told["report/coverage"] <= 1
    assert "VAE on digits" in told["report"]
    assert len(calls.of("finish")) == len(calls.of("init")) == 3


def test_what_is_not_installed_is_told_first(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    folder = tmp_path / "run"
    error = call(
        *("train", "vae", "--run-dir", folder, "--logger", "wandb"), fails=True
    )
    assert "pip install wandb" in error
    assert not folder.exists()
