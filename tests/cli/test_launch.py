"""Several workers of the command line, over loopback."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import pytest

from kerasgen.callbacks import latest_checkpoint
from kerasgen.cli import local_workers
from tests.cli.test_cli import call
from tests.model_contract import assert_same_weights

SMALL = ["--set", "hidden_units=[16]", "--set", "latent_dim=3"]
LAUNCH = [sys.executable, "-m", "kerasgen", "launch", "--workers", "2", "--"]


def launch(folder, *words):
    command = [*LAUNCH, "train", "vae", "--epochs", "5", *SMALL, *words]
    return subprocess.Popen(
        [*command, "--run-dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def children_of(process):
    pid = process.pid
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="children are in /proc")
def test_a_run_goes_on_after_a_worker_was_killed(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    output, _ = launch(whole).communicate()
    assert "2 replicas on several machines" in output
    assert (whole / "export" / "1").is_dir()
    process = launch(killed)
    while (latest_checkpoint(killed / "checkpoints") or (None, 0))[1] < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    _, second = children_of(process)
    os.kill(second, signal.SIGKILL)
    process.communicate()
    assert process.returncode != 0
    assert not (killed / "model.keras").exists()
    process = launch(killed, "--resume")
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert_same_weights(
        *(
            keras.saving.load_model(run / "model.keras")
            for run in (whole, killed)
        )
    )
    assert (whole / "history.csv").read_text() == (
        killed / "history.csv"
    ).read_text()


def test_addresses_of_workers():
    configs = [json.loads(config) for config in local_workers.cluster(3)]
    workers = [config["cluster"]["worker"] for config in configs]
    assert workers[0] == workers[1] == workers[2]
    assert len(set(workers[0])) == 3
    tasks = [config["task"] for config in configs]
    assert tasks == [{"type": "worker", "index": i} for i in range(3)]


def script(text):
    """A command whose code knows its `index`."""
    code = (
        "import json, os, sys, time\n"
        'index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]\n'
    )
    return [sys.executable, "-c", code + text]


def test_all_succeed(capfd):
    assert local_workers.run(script("print('worker', index)"), 3) == 0
    captured = capfd.readouterr()
    assert captured.out == "worker 0\n"
    assert not captured.err


def test_one_fails_and_all_end(capfd):
    start = time.monotonic()
    code = "if index == 1: print('broken'); sys.exit(7)\ntime.sleep(60)"
    assert local_workers.run(script(code), 3) == 7
    assert time.monotonic() - start < 30
    assert "Worker 1 failed:\nbroken" in capfd.readouterr().err


@pytest.mark.parametrize(
    "words, expected",
    [
        (["launch", "--workers", 0, "--", "train", "vae"], "--workers"),
        (["train", "vae", "--strategy", "multiworker"], "TF_CONFIG"),
        (["train", "vae", "--strategy", "both"], "mirrored"),
        (["train", "vae", "--devices", 2], "mirrored"),
        (["train", "vae", "--precision", "int8"], "bfloat16"),
    ],
)
def test_wrong_words(words, expected, tmp_path, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    assert expected in call(*words, fails=True)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_precision_and_strategy_of_a_run(precision, tmp_path, no_export):
    folder = tmp_path / "run"
    call(
        *("train", "vae", "--epochs", 1, *SMALL, "--precision", precision),
        *("--strategy", "mirrored", "--devices", 2, "--run-dir", folder),
    )
    model = keras.saving.load_model(folder / "model.keras")
    assert model.compute_dtype == precision
    assert model.variable_dtype == "float32"
    settings = json.loads((folder / "config.json").read_text())["settings"]
    assert settings["dtype"] == f"mixed_{precision}"


def told(code, error, folder, capfd):
    """What each of two workers is told by the error that a code raises."""
    code = (
        "from kerasgen import distribution\n"
        "strategy = distribution.strategy('multiworker')\n"
        f"{code}\n"
        f"except {error} as error: open(r'{folder}/' + str(index), 'w')"
        ".write(str(error))\n"
    )
    assert local_workers.run(script(code), 2) == 0, capfd.readouterr().err
    return [(folder / index).read_text() for index in "01"]


def test_workers_that_begin_at_other_epochs_are_told(tmp_path, capfd):
    """As where the folder of a run is another one on each machine."""
    code = (
        "distribution.check_workers_agree(strategy, 3)\n"
        "try: distribution.check_workers_agree(strategy, 3 + 2 * index)"
    )
    for text in told(code, "RuntimeError", tmp_path, capfd):
        assert "checkpoints of 3 and 5 epochs" in text


def test_workers_that_draw_seeds_of_their_own_are_told(tmp_path, capfd):
    code = (
        "import numpy as np\n"
        "import kerasgen\n"
        "images = np.ones((4, 8, 8, 1), 'float32')\n"
        "data = kerasgen.data.from_arrays(images, batch_size=2, seed=index)\n"
        "with strategy.scope():\n"
        "    model = kerasgen.VAE((8, 8, 1), 2, network='mlp', seed=0)\n"
        "model.compile()\n"
        "try: model.fit(data, verbose=0)"
    )
    for text in told(code, "ValueError", tmp_path, capfd):
        assert "`seed` must be given" in text


@pytest.mark.skipif(sys.platform != "linux", reason="children are in /proc")
def test_workers_end_with_the_command(tmp_path):
    process = launch(tmp_path / "run")
    while len(children_of(process)) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    children = children_of(process)
    process.terminate()
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    # Whoever takes over the children of a process that has ended may be slow.
    deadline = time.monotonic() + 30
    for child in children:
        while pathlib.Path(f"/proc/{child}").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_worker_that_is_being_started_ends_too(monkeypatch):
    started = []

    def start(command, config, log):
        worker = subprocess.Popen(command)
        started.append(worker)
        # Before it is returned.
        os.kill(os.getpid(), signal.SIGTERM)
        return worker

    monkeypatch.setattr(local_workers, "_start", start)
    with pytest.raises(SystemExit) as ended:
        local_workers.run(script("import time; time.sleep(600)"), 2)
    assert ended.value.code == 128 + signal.SIGTERM
    assert len(started) == 2
    assert all(worker.poll() is not None for worker in started)
