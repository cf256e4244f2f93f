"""Exports that are killed, or run out of disk, leave only whole versions."""

import os
import signal
import subprocess
import sys

import pytest

from kerasgen.serving.check import check_export
from kerasgen.serving.versions import versions

# TensorFlow is imported once; each export is in a process that is forked before
# anything runs, gets a moment to live, and is killed in it.
KILLED = """
import os, random, shutil, signal, sys, time
import kerasgen
from kerasgen.serving.versions import versions

def export():
    model = kerasgen.GAN((8, 8, 1), 3, "mlp", {"hidden_units": [64]}, seed=0)
    model.export(sys.argv[1], keep=3)

def forked(seconds):
    child = os.fork()
    if not child:
        export()
        os._exit(0)
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            return time.monotonic() - start, False
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return seconds, True

whole, _ = forked(600)
moments = random.Random(0)
killed, seen = 0, set()
for _ in range(int(sys.argv[2])):
    seconds, was_killed = forked(moments.uniform(0, whole))
    killed += was_killed
    whole = min(whole, seconds) if not was_killed else whole
    for version, folder in versions(sys.argv[1]).items():
        if version not in seen:  # The oldest go later.
            seen.add(version)
            shutil.copytree(folder, f"{sys.argv[1]}-kept/{version}")
    names = sorted(os.listdir(sys.argv[1]))
    print(killed, *[name for name in names if not name.startswith(".")])
"""

# Files may not grow beyond so many bytes, as on a disk that is full.
FULL = """
import resource, signal, sys
import kerasgen
model = kerasgen.GAN((8, 8, 1), 3, "mlp", {"hidden_units": [512]}, seed=0)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
model.export(sys.argv[1])
"""


def run(code, *words):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(os.name != "posix", reason="it forks")
def test_killed_at_random_moments(tmp_path):
    number = int(os.environ.get("KERASGEN_KILLS", "8"))
    done = run(KILLED, tmp_path / "it", number)
    assert not done.returncode, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == number
    assert int(lines[-1][0]) > number // 2
    for _, *names in lines:
        assert names
        assert all(name.isdecimal() for name in names)
    kept = versions(tmp_path / "it-kept")
    assert set(kept) >= set(versions(tmp_path / "it"))
    for folder in kept.values():
        assert not [one for one in check_export(folder) if one.faults]


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no such limit")
def test_full_disk(tmp_path):
    done = run(FULL, tmp_path)
    assert done.returncode
    assert "File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="it forks")
def test_folder_without_permission(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    done = run(FULL, tmp_path)
    assert "PermissionError" in done.stderr
