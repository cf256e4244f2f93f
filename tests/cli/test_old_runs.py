"""Folders that hold a run already: it is kept, replaced or resumed."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import tensorflow as tf

from kerasgen.cli import training
from kerasgen.models import MODELS
from tests.cli.test_cli import SMALL
from tests.cli.test_cli import call


def stop(*_):
    raise KeyboardInterrupt


def test_an_old_run_is_not_overwritten(run, tmp_path):
    folder, _ = run
    before = (folder / "model.keras").read_bytes()
    error = call("train", "vae", *SMALL, "--run-dir", folder, fails=True)
    assert "--resume" in error
    assert "--overwrite" in error
    assert (folder / "model.keras").read_bytes() == before
    (tmp_path / "thesis.txt").write_text("precious")
    for config in (None, "[1, 2]", '{"settings": 3}'):
        if config is not None:
            (tmp_path / "config.json").write_text(config)
        for option in ("--overwrite", "--resume"):
            error = call(
                "train",
                "vae",
                *SMALL,
                "--run-dir",
                tmp_path,
                option,
                fails=True,
            )
            assert "holds no run" in error
        assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_overwrite_replaces_the_run_and_nothing_else(finished, no_export):
    notes = finished.path / "notes.txt"
    notes.write_text("mine")
    first = keras.saving.load_model(finished.model)
    words = ["--overwrite", "--seed", 1, "--run-dir", finished.path]
    call("train", "vae", *SMALL, *words)
    second = keras.saving.load_model(finished.model)
    assert (first.seed, second.seed) == (0, 1)
    assert notes.read_text() == "mine"
    with open(finished.history, newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 2


def test_resuming_with_other_settings_is_refused(run):
    folder, _ = run
    error = call(
        "train", "vae", "--run-dir", folder, "--resume", "--epochs", 1,
        "--set", "hidden_units=[16]", "--set", "latent_dim=4", "--seed", 1,
        fails=True,
    )  # fmt: skip
    for words in ("latent_dim: 3 then, 4 now", "seed: 0 then, 1 now"):
        assert words in error
    assert "hidden_units" not in error


def test_resumed_run_equals_an_uninterrupted_one(tmp_path, monkeypatch):
    small = ["gan", "--set", "network=dcgan", "--set", "filters=2"]
    small += ["--batch-size", "256"]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    with monkeypatch.context() as patch:
        # Of this one no export is looked at.
        patch.setattr(MODELS["gan"], "export", lambda model, path: path / "1")
        call("train", *small, "--epochs", 3, "--run-dir", whole)
    call("train", *small, "--epochs", 1, "--run-dir", parts)
    longer = ["train", *small, "--epochs", 3, "--run-dir", parts, "--resume"]
    with monkeypatch.context() as patch:
        # Stopped when some of the results are of one epoch, and some of three.
        patch.setattr(training, "save_samples", stop)
        assert "--resume goes on" in call(*longer, fails=True)
    assert "Done" in call(*longer)
    first, second = (
        keras.saving.load_model(folder / "model.keras")
        for folder in (whole, parts)
    )
    for a, b in zip(first.weights, second.weights):
        np.testing.assert_array_equal(a, b)
    assert (whole / "history.csv").read_text() == (
        parts / "history.csv"
    ).read_text()
    # The export is that of the resumed model, and resuming once more is idle.
    latents = np.zeros((1, second.latent_dim), np.float32)
    for _ in range(2):
        assert [path.name for path in (parts / "export").iterdir()] == ["1"]
        served = tf.saved_model.load(parts / "export" / "1").signatures
        images = served["serving_default"](latents=tf.constant(latents))
        np.testing.assert_allclose(
            images["images"], second.decode(latents), rtol=0, atol=1e-5
        )
        assert "already" in call(*longer)


def test_a_run_stopped_in_its_first_epoch_is_resumed(finished, no_export):
    # What is there after Ctrl-C within the first epoch.
    for path in finished.checkpoints.iterdir():
        path.unlink()
    for path in (finished.model, finished.samples, finished.losses):
        path.unlink()
    for path in (finished.export, finished.sample_grids):
        shutil.rmtree(path)
    finished.history.write_text("")
    call("train", "vae", *SMALL, "--run-dir", finished.path, "--resume")
    with open(finished.history, newline="") as stream:
        epochs = [row["epoch"] for row in csv.DictReader(stream)]
    assert epochs == ["0", "1"]


def test_interrupt_leaves_a_run_that_can_be_resumed(tmp_path, no_export):
    folder = tmp_path / "run"
    words = ["train", "vae", *SMALL[2:], "--epochs", "400", "--run-dir", folder]
    process = subprocess.Popen(
        [sys.executable, "-m", "kerasgen", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell's background jobs ignore Ctrl-C, and so would this child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    checkpoints = folder / "checkpoints"
    deadline = time.monotonic() + 120
    while not (checkpoints / "epoch_0008.keras").exists():
        assert process.poll() is None, process.stdout.read()[-2000:]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output[-2000:]
    assert "--resume" in output.splitlines()[-1] or "--resume" in output
    assert not (folder / "model.keras").exists()
    error = call("generate", folder, fails=True)
    assert "--resume" in error
    with open(folder / "history.csv", "a") as stream:
        stream.write("399,0,0,0,0,0,0,0,0\n")  # An epoch without a checkpoint.
    newest = max(int(p.stem[6:]) for p in checkpoints.iterdir())
    words[words.index("400")] = str(newest + 1)
    config = json.loads((folder / "config.json").read_text())
    config["settings"]["epochs"] = newest + 1
    (folder / "config.json").write_text(json.dumps(config))
    call(*words, "--resume")
    with open(folder / "history.csv", newline="") as stream:
        epochs = [int(row["epoch"]) for row in csv.DictReader(stream)]
    assert epochs == list(range(newest + 1))
