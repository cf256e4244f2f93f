"""Several workers on one machine, to try out what runs on several."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

# Seconds between two looks at the workers, and for one to end by itself.
_INTERVAL = 0.1
_GRACE = 10


def cluster(number):
    """Values of `TF_CONFIG` for workers on this machine.

    Args:
        number: int. How many workers.

    Returns:
        list of str, one a worker, the chief's first.
    """
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return [
        json.dumps(
            {
                "cluster": {"worker": addresses},
                "task": {"type": "worker", "index": index},
            }
        )
        for index in range(number)
    ]


def run(command, number):
    """Runs a command once a worker, until all are done or one has failed.

    What the first one writes is shown; what the others write is shown if one
    of them fails.

    Args:
        command: list of str.
        number: int. How many workers.

    Returns:
        int: 0 if all succeeded, or else the status of the first that failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        logs = [None] + [
            pathlib.Path(folder) / f"worker_{i}.log" for i in range(1, number)
        ]
        workers = []
        # Its default ends this process at once, and leaves the workers; an exit
        # while they are started would leave one that is not in the list yet.
        asked_to_end = []
        before = signal.signal(
            signal.SIGTERM, lambda number, _: asked_to_end.append(number)
        )
        try:
            for config, log in zip(cluster(number), logs):
                workers.append(_start(command, config, log))
            signal.signal(signal.SIGTERM, _exit)
            if asked_to_end:
                _exit(asked_to_end[0], None)
            failed = first_that_fails(workers)
        finally:
            stop(workers)
            signal.signal(signal.SIGTERM, before)
        if failed is None:
            return 0
        if logs[failed] is not None:
            sys.stderr.write(
                f"Worker {failed} failed:\n{logs[failed].read_text()}"
            )
        return workers[failed].returncode


def _exit(number, _):
    sys.exit(128 + number)


def _start(command, config, log):
    environment = {**os.environ, "TF_CONFIG": config}
    if log is None:
        return subprocess.Popen(command, env=environment)
    with open(log, "w") as stream:
        return subprocess.Popen(
            command, env=environment, stdout=stream, stderr=stream
        )


def first_that_fails(workers):
    """Waits; the index of the worker that fails first, if one does."""
    while True:
        states = [worker.poll() for worker in workers]
        for index, state in enumerate(states):
            if state:
                return index
        if None not in states:
            return None
        time.sleep(_INTERVAL)


def stop(workers):
    """Ends those that still run: without one, the others wait for ever."""
    for worker in workers:
        if worker.poll() is None:
            worker.terminate()
    for worker in workers:
        try:
            worker.wait(_GRACE)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
