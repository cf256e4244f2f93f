"""Runs that are killed at random moments end as if they had not been."""

import collections
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
KILLS = int(os.environ.get("KERASGEN_KILLS", "8"))

pytestmark = pytest.mark.skipif(os.name != "posix", reason="it forks")


def run(*words):
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert not done.returncode, f"{done.stdout}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What came of programs that were killed."""
    folder = tmp_path_factory.mktemp("forks")
    run("-m", "tests.resume.forks", KILLS, folder)
    return json.loads((folder / "found.json").read_text())


def test_checkpoint(found):
    """Weights, optimizers, history and checkpoints, bit for bit."""
    phases = collections.Counter()
    for model in found["killed"]:
        assert model["differences"]
        assert not any(model["differences"])
        assert sum(model["kills"].values()) == KILLS
        phases.update(model["kills"])
    assert phases["training"] >= KILLS // 2
    assert phases["a checkpoint"] >= KILLS // 4


def test_backup_and_restore_of_keras(found):
    """Killed between its writes, which are not atomic."""
    assert found["backup"]["kills"] >= KILLS // 8
    assert not found["backup"]["differences"]


def test_the_same_seed_gives_the_same_bits(found):
    """With TensorFlow's switch for it."""
    first, second = found["digests"]
    assert first == second
    assert len(first) == 3
    assert found["other_digest"]["vae"] != first["vae"]


def test_the_command_line(tmp_path):
    """Export and pictures too; nothing may be left over."""
    words = ["--fork", "--models", "gan", "--epochs", 4, "--within", 2]
    output = run(
        "benchmarks/soak.py", *words, "--kills", KILLS // 4, "--out", tmp_path
    )
    assert "gan, killed_0: equal" in output
