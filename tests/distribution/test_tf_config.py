"""The variable that names machines, and workers that wait for each other."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from kerasgen import distribution
from kerasgen.cli import local_workers
from kerasgen.distribution.tf_config import check_tf_config


def config(workers=("a:1", "b:1"), kind="worker", index=0, **jobs):
    return {
        "cluster": {"worker": list(workers), **jobs},
        "task": {"type": kind, "index": index},
    }


WRONG = [
    ("{", "is no JSON"),
    ("nonsense", "is no JSON"),
    ("[]", "is no object"),
    ("1", "is no object"),
    ({}, "has no object 'cluster'"),
    ({"cluster": {"worker": ["a:1"]}}, "has no object 'task'"),
    ({"cluster": ["a:1"], "task": {}}, "has no object 'cluster'"),
    (config(["a:1", "a:1"]), "names 'a:1' for worker 0 and worker 1"),
    (config(["localhost:1", "127.0.0.1:1"]), "for worker 0 and worker 1"),
    (config(["a:1"], chief=["A:1"]), "for worker 0 and chief 0"),
    (config(["a:1"], chief=["b:1", "b:2"]), "more than one chief"),
    (config([]), "no list of addresses for 'worker'"),
    (config(["a"]), "'a', which is no host:port"),
    (config(["a:99999"]), "'a:99999', which is no host:port"),
    (config(["a:b"]), "'a:b', which is no host:port"),
    (config([1]), "names 1, which is no host:port"),
    (config(index=2), "task index 2, and 2 machines"),
    (config(index=-1), "task index -1"),
    (config(index="0"), "task index '0'"),
    (config(index=None), "task index None"),
    (config(kind="chief"), "task type 'chief', and only ['worker']"),
    (config(kind=None), "task type None"),
]


@pytest.mark.parametrize(("value", "said"), WRONG)
def test_wrong(value, said, monkeypatch):
    text = value if isinstance(value, str) else json.dumps(value)
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        distribution.strategy("multiworker")
    assert "The variable TF_CONFIG must" in str(caught.value)
    assert said in str(caught.value)


def test_right():
    check_tf_config(json.dumps(config()))
    check_tf_config(json.dumps(config(["a:1", "a:2"], chief=["a:3"])))
    check_tf_config(json.dumps(config(["[::1]:1", "[fe80::1]:1"], index=1)))
    for text in local_workers.cluster(3):
        check_tf_config(text)


def waiting(tmp_path, text):
    """A worker that has come as far as to wait for another."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kerasgen", "train", "vae", "--epochs", "1"]
        + ["--strategy", "multiworker", "--run-dir", str(tmp_path / "run")],
        env={**os.environ, "TF_CONFIG": text},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    config = json.loads(text)
    own = config["cluster"]["worker"][config["task"]["index"]]
    host, port = own.split(":")
    while process.poll() is None:
        try:
            socket.create_connection((host, int(port))).close()
            return process
        except OSError:
            time.sleep(0.2)
    raise AssertionError(process.stderr.read())


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("index", [0, 1])
def test_sigterm_ends_a_worker_that_waits(index, tmp_path):
    process = waiting(tmp_path, local_workers.cluster(2)[index])
    # What is asked of TensorFlow meanwhile, if anything, has begun.
    time.sleep(2)
    process.terminate()
    try:
        assert process.wait(5) == -signal.SIGTERM
    finally:
        process.kill()
        process.communicate()
    assert not (tmp_path / "run").exists()


def test_a_port_that_another_has(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        own = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("TF_CONFIG", json.dumps(config([own, "b:1"])))
        with pytest.raises(ValueError, match=f"{own}, must be free"):
            distribution.strategy("multiworker")
