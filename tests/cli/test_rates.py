"""Learning rates of runs along a cosine."""

import dataclasses
import shlex

import numpy as np

import kerasgen
from kerasgen.callbacks import HistoryFile
from kerasgen.cli import outline
from kerasgen.cli.settings import Settings
from kerasgen.cli.settings import command_of
from kerasgen.models import MODELS
from kerasgen.utils.files import read_json
from kerasgen.utils.history import read_history
from tests.cli.test_cli import call


def test_the_rate_of_an_epoch_along_a_cosine(tmp_path, monkeypatch):
    words = ["--set", "learning_rate_schedule=cosine"]
    words += ["--set", "learning_rate=0.01", "--epochs", 3]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    call("train", "lsgan", *words, "--run-dir", whole)
    history = read_history(whole / "history.csv")
    middles = (np.arange(3) + 0.5) / 3
    for name in ("generator", "discriminator"):
        np.testing.assert_allclose(
            history[f"{name}_optimizer_learning_rate"],
            0.01 * 0.5 * (1.0 + np.cos(np.pi * middles)),
            rtol=1e-5,
        )

    def stop(callback, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(HistoryFile, "on_epoch_begin", stop)
        said = call("train", "lsgan", *words, "--run-dir", parts, fails=True)
    assert "--resume goes on" in said
    resume = command_of(read_json(parts / "config.json")["settings"], parts)
    call(*shlex.split(resume)[1:])
    first, second = (kerasgen.load(folder) for folder in (whole, parts))
    for a, b in zip(first.weights, second.weights):
        np.testing.assert_array_equal(a, b)


def test_no_argument_of_a_model_is_called_as_a_setting():
    of_runs = {field.name for field in dataclasses.fields(Settings)}
    of_runs -= {"image_size"}
    for name in MODELS:
        assert not of_runs & set(outline.model_arguments(name)) - {"seed"}
