"""What commands write into a file or a pipe, and in colours."""

import io
import os
import subprocess
import sys

import pytest

from kerasgen.tasks import LatentFeatures
from kerasgen.utils import progress
from kerasgen.utils.epoch_lines import EpochLines
from kerasgen.utils.epoch_lines import fit_output
from tests.cli.runs import resume
from tests.cli.test_cli import call


def check_plain(output):
    for character in "\x1b\b\r":
        assert character not in output
    assert len(output) < 5000
    assert max(map(len, output.splitlines())) < 400


def epochs_of(output):
    lines = [row for row in output.splitlines() if row.startswith("Epoch ")]
    for line in lines:
        assert "s - " in line
        assert "loss: " in line
    return [line.split(" - ")[0].removeprefix("Epoch ") for line in lines]


def test_train(run, finished, no_export):
    _, output = run
    check_plain(output)
    assert epochs_of(output) == ["1/2", "2/2"]
    assert "val_loss: " in output
    resumed = resume(finished, "--epochs", 3)
    check_plain(resumed)
    assert epochs_of(resumed) == ["3/3"]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (["anomalies", "--normal", "0-4", "--epochs", 2], 2),
        (["inpaint", "--num-images", 2], 0),
        (["embed", "--method", "pca", "--num-images", 30], 0),
        (["cluster", "--num-images", 30], 0),
        (["reconstruct", "--num-samples", 4], 0),
    ],
)
def test_commands_on_runs(trained, words, number, tmp_path):
    command, *options = words
    out = tmp_path / "picture.png"
    output = call(command, trained, *options, "--out", out)
    check_plain(output)
    assert len(epochs_of(output)) == number


def test_evaluate(trained, tmp_path):
    output = call(
        *("evaluate", trained, "--metrics", "frechet_distance,coverage"),
        *("--num-samples", 60, "--seeds", 1, "--out", tmp_path),
    )
    check_plain(output)
    assert "4/4 done" in output


def test_an_estimator(capsys):
    LatentFeatures(
        "vae",
        model_options={
            "latent_dim": 2,
            "network_options": {"hidden_units": [4]},
        },
        epochs=2,
        verbose=1,
    ).fit([[0.1, 0.9], [0.8, 0.3]] * 8)
    output = capsys.readouterr().out
    check_plain(output)
    assert epochs_of(output) == ["1/2", "2/2"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("variable", "draws"), [(None, True), ("NO_COLOR", False), ("TERM", False)]
)
def test_a_terminal_has_the_bar_of_keras(variable, draws, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    if variable is not None:
        monkeypatch.setenv(variable, "dumb")
    verbose, callbacks = fit_output(1)
    assert verbose == int(draws)
    assert [type(each) for each in callbacks] == [EpochLines] * (not draws)
    assert fit_output(0) == (0, [])
    assert fit_output(2) == (2, [])


def test_progress(monkeypatch):
    for stream, number in ((io.StringIO(), 11), (Terminal(), 301)):
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stderr", stream)
        for done in range(301):
            progress.show_progress(done, 300, f"step {done}")
        written = stream.getvalue()
        assert written.count("step ") == number
        assert written.endswith("\n")
        assert ("\r" in written) == stream.isatty()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals")
@pytest.mark.parametrize("no_color", [None, "1"])
def test_errors_are_red_where_colour_is_wanted(no_color):
    master, slave = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": no_color or ""}
    subprocess.run(
        [sys.executable, "-m", "kerasgen", "train", "cgan"],
        stderr=slave,
        env=environment,
    )
    os.close(slave)
    written = os.read(master, 1 << 16).decode()
    os.close(master)
    assert "Did you mean" in written
    assert ("\x1b[31m" in written) == (no_color is None)
