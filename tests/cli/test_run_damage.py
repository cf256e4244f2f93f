"""Runs with damaged files, or with those of others."""

import json
import shutil

import keras
import pytest

from kerasgen.callbacks import checkpoint_record
from kerasgen.callbacks import latest_checkpoint
from kerasgen.utils import checksums
from kerasgen.utils import files
from tests.cli.runs import SMALL
from tests.cli.runs import content
from tests.cli.runs import resume
from tests.cli.test_cli import call

# === Damage ===


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ('{"settings": {"model": "va', "no JSON"),
        ("\0" * 100, "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no record of a run"),
        ("{}", "no record of a run"),
        ({"epochs": "six"}, '`epochs` must be a positive integer, and is "six'),
        ({"epochs": None}, "`epochs`"),
        ({"epochs": True}, "`epochs`"),
        ({"dataset": ["digits"]}, "`dataset`"),
        ({"model": 3}, "`model`"),
        ({"network": None}, "`network` must be a word"),
        ({"learning_rate": "fast"}, "`learning_rate`"),
    ],
)
def test_a_damaged_config_is_told(finished, text, words):
    if isinstance(text, dict):
        record = files.read_json(finished.config)
        record["settings"] |= text
        text = json.dumps(record)
    finished.config.write_text(text)
    before = content(finished)
    for error in (
        resume(finished, "--epochs", 3, fails=True),
        call("train", "vae", "--run-dir", finished.path, fails=True),
        call("evaluate", finished.path, fails=True),
        call("embed", finished.path, fails=True),
    ):
        assert f"{finished.config} is damaged" in error
        assert words in error
        assert "--overwrite" in error
    assert content(finished) == before


def test_a_damaged_config_alone_is_not_overwritten(tmp_path):
    """It may be of anything."""
    (tmp_path / "config.json").write_text("{")
    (tmp_path / "samples.png").write_text("precious")
    words = ["train", "vae", "--run-dir", tmp_path]
    for option in ([], ["--overwrite"], ["--resume"]):
        error = call(*words, *option, fails=True)
        assert "config.json is damaged" in error
        assert "--overwrite" not in error
    assert (tmp_path / "samples.png").read_text() == "precious"


def test_a_run_with_a_damaged_config_is_overwritten(finished, no_export):
    finished.config.write_text("")
    words = ["train", "vae", *SMALL, "--epochs", 1]
    assert "Done" in call(*words, "--run-dir", finished.path, "--overwrite")
    assert finished.record()["settings"]["epochs"] == 1


@pytest.mark.parametrize(
    "text", ["epoch,elbo\n0,1\nsix,1\n", "\0" * 50, "epoch,elbo\n0,one\n"]
)
def test_a_damaged_history_is_told_before_anything_goes(finished, text):
    finished.history.write_text(text)
    before = content(finished)
    error = resume(finished, "--epochs", 3, fails=True)
    assert f"{finished.history} is damaged" in error
    assert "move it away" in error
    assert content(finished) == before


@pytest.mark.parametrize("name", ["history.csv", "model.keras", "config.json"])
def test_a_folder_or_a_link_to_nothing_for_a_file(finished, name):
    path = finished.path / name
    path.unlink()
    for make in (path.mkdir, lambda: path.symlink_to("nowhere")):
        make()
        before = content(finished)
        error = resume(finished, "--epochs", 3, fails=True)
        assert f"{path} is not a file" in error
        assert content(finished) == before
        if path.is_dir():
            path.rmdir()


@pytest.mark.parametrize("name", ["checkpoints", "export", "logs", "samples"])
def test_a_file_for_a_folder(finished, name):
    path = finished.path / name
    shutil.rmtree(path)
    path.write_text("mine")
    before = content(finished)
    error = resume(finished, "--epochs", 3, fails=True)
    assert f"{path} is not a folder" in error
    assert content(finished) == before


# === Checkpoints of others ===


def test_a_checkpoint_with_another_name_is_refused(finished):
    source = finished.checkpoints / "epoch_0001.keras"
    shutil.copy(source, finished.checkpoints / "epoch_9999.keras")
    before = content(finished)
    error = resume(finished, "--epochs", 4, fails=True)
    assert "epoch_9999.keras" in error
    assert "of 1 epochs" in error
    assert content(finished) == before


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"model": "autoencoder"}, "model: 'autoencoder' then, 'vae' now"),
        ({"seed": 7}, "seed: 7 then, 0 now"),
        ({"dataset": "mnist"}, "dataset: 'mnist' then, 'digits' now"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(finished, changed, words):
    path, epoch = latest_checkpoint(finished.checkpoints)
    other = path.with_name("epoch_0008.keras")
    model = keras.saving.load_model(path)
    settings = finished.record()["settings"] | changed
    model.save(other)
    checkpoint_record.write(other, 8, model, settings)
    checksums.add_checksum(other)
    before = content(finished)
    error = resume(finished, "--epochs", 9, fails=True)
    assert f"{other} is a checkpoint of another run" in error
    assert words in error
    assert content(finished) == before
