"""A run is one process's, and its disk may be full."""

import errno
import os
import shutil
import subprocess
import sys
import time

import pytest

from kerasgen.utils.locks import FILE as LOCK
from tests.cli.runs import SMALL
from tests.cli.runs import content
from tests.cli.runs import resume
from tests.cli.test_cli import call
from tests.utils.test_locks import holder

# === One at a time ===


@pytest.mark.parametrize(
    "words",
    [
        ["train", "vae", *SMALL, "--resume", "--run-dir"],
        ["train", "vae", *SMALL, "--overwrite", "--run-dir"],
        ["train", "gan", "--run-dir"],
        ["evaluate"],
    ],
)
def test_a_run_that_another_process_has(finished, words):
    before = content(finished)
    with holder(finished.path) as process:
        error = call(*words, finished.path, fails=True)
        assert f"process {process.pid} on " in error
        assert "for a training" in error
        # What only reads goes on.
        call("generate", finished.path, "--out", finished.path / "it.png")
    (finished.path / "it.png").unlink()
    (finished.path / LOCK).unlink()
    assert content(finished) == before


def test_an_export_folder_that_another_process_has(finished, tmp_path):
    before = content(finished)
    with holder(finished.export) as process:
        for words in (
            ["export", finished.path, finished.export],
            ["train", "vae", *SMALL, "--epochs", 9, "--resume"],
        ):
            if words[0] == "train":
                words += ["--run-dir", finished.path]
            error = call(*words, fails=True)
            assert f"process {process.pid} on " in error
    (finished.export / LOCK).unlink()
    after = content(finished)
    # It had not gone on.
    assert after == before


def test_two_trainings_at_once(tmp_path):
    """The one that is told is the second, and the first ends as ever."""
    code = (
        "import sys\n"
        "from kerasgen.cli import training\n"
        "training._write_results = lambda *_: input()\n"
        "from kerasgen.cli.main import main\n"
        "main()"
    )
    words = ["train", "vae", *SMALL, "--epochs", "1", "--run-dir", "it"]
    first = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        epoch = tmp_path / "it" / "checkpoints" / "epoch_0001.keras"
        deadline = time.monotonic() + 120
        while not epoch.exists():
            assert first.poll() is None, first.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for option in ("--overwrite", "--resume"):
            again = [*words[:-1], tmp_path / "it", option]
            error = call(*again, fails=True)
            assert f"process {first.pid} on " in error
        output, _ = first.communicate("\n", timeout=60)
        assert first.returncode == 0, output
    finally:
        first.kill()
        first.wait()
    assert epoch.exists()
    assert not list(tmp_path.rglob(LOCK))


# === Disks ===


@pytest.mark.parametrize("character", "[*?\\")
def test_a_folder_that_is_a_pattern_is_refused(tmp_path, character):
    if character == os.sep:
        pytest.skip("it separates folders")
    folder = tmp_path / f"y{character}1]"
    error = call("train", "vae", *SMALL, "--run-dir", folder, fails=True)
    assert f"without {character}" in error
    assert "pattern" in error
    assert "report" not in error
    assert not folder.exists()


def test_too_small_a_disk_is_told_before_the_training(
    finished, monkeypatch, tmp_path
):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    before = content(finished)
    error = resume(finished, "--epochs", 3, fails=True)
    assert "0 MB left" in error
    new = tmp_path / "new"
    assert "MB left" in call("train", "vae", "--run-dir", new, fails=True)
    assert content(finished) == before
    assert not new.exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_is_full_while_training(stopped, monkeypatch, number):
    before = content(stopped)

    def save(model, path):
        path.write_bytes(b"half")
        raise OSError(number, "h5py says much here")

    monkeypatch.setattr("kerasgen.VAE.save", save)
    error = resume(stopped, fails=True)
    assert os.strerror(number) in error
    assert "2 whole epochs are kept" in error
    assert "--resume" in error
    after = content(stopped)
    for path in stopped.checkpoints.iterdir():
        assert after[path] == before[path]
    assert len(list(stopped.checkpoints.iterdir())) == 2


def test_a_run_that_cannot_be_written_to(finished, monkeypatch):
    """The lock is what is written first."""

    def read_only(path, *_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    before = content(finished)
    for words in (
        ["train", "vae", *SMALL, "--epochs", 9, "--resume", "--run-dir"],
        ["train", "vae", *SMALL, "--overwrite", "--run-dir"],
        ["evaluate"],
    ):
        with monkeypatch.context() as patch:
            patch.setattr("kerasgen.utils.locks._open_locked", read_only)
            error = call(*words, finished.path, fails=True)
        assert "cannot be written to: Read-only file system" in error
    assert content(finished) == before
