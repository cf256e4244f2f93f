"""Two processes that train the models of contracts together, over loopback.

Run as `python -m tests.two_workers`, each is told by lines of its standard
input what to train: `CONTRACT FILE`, the class of a contract, such as
`tests.models.test_vae_contract.TestVAEContract`, and where results go.
"""

import importlib
import json
import os
import pathlib
import subprocess
import sys
import threading

import numpy as np

from kerasgen.cli import local_workers

# Seconds that a fit of a tiny model may take on a busy machine.
_PATIENCE = 300


class TwoWorkers:
    """Two processes that wait for requests.

    Args:
        folder: `pathlib.Path` of their results and logs.
    """

    def __init__(self, folder):
        self.folder = folder
        self._processes = []
        self._requests = 0

    def train(self, contract):
        """Trains the model of a contract as its test of replicas does.

        Args:
            contract: subclass of `ModelContract` that can be imported.

        Returns:
            (history, weights) of each process.
        """
        if not self._processes:
            self._start()
        self._requests += 1
        results = []
        for index, process in enumerate(self._processes):
            file = self.folder / f"{self._requests}_{index}.npz"
            name = f"{contract.__module__}.{contract.__qualname__}"
            process.stdin.write(f"{name} {file}\n")
            process.stdin.flush()
            results.append(file)
        self._wait(results)
        return [_read(file) for file in results]

    def close(self):
        for process in self._processes:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
        self._processes = []

    def _start(self):
        for index, config in enumerate(local_workers.cluster(2)):
            log = open(self._log(index), "w")
            with log:
                self._processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "tests.two_workers"],
                        env={**os.environ, "TF_CONFIG": config},
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        text=True,
                        cwd=pathlib.Path(__file__).parents[1],
                    )
                )

    def _log(self, index):
        return self.folder / f"worker_{index}.log"

    def _wait(self, results):
        """Waits for an answer of both, or raises what one of them wrote."""
        # One that fails leaves the other waiting for it.
        timer = threading.Timer(_PATIENCE, self._kill)
        timer.start()
        for index, process in enumerate(self._processes):
            if process.stdout.readline() != "done\n":
                self.close()
                timer.cancel()
                logs = [self._log(i).read_text()[-3000:] for i in range(2)]
                raise RuntimeError(f"Worker {index} failed.\n{logs}")
        timer.cancel()

    def _kill(self):
        for process in self._processes:
            process.kill()


def _read(file):
    with np.load(file) as found:
        history = json.loads(str(found["history"]))
        number = len(found.files) - 1
        return history, [found[f"arr_{i}"] for i in range(number)]


def _serve(strategy):
    """Answers requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Whatever else is printed goes to the log.
    for line in sys.stdin:
        name, file = line.split()
        module, _, contract = name.rpartition(".")
        contract = getattr(importlib.import_module(module), contract)()
        model, history = contract.fit_with_sgd(strategy)
        np.savez(file, *model.get_weights(), history=json.dumps(history))
        answers.write("done\n")
        answers.flush()


def _main():
    # Before anything else, as TensorFlow wants it.
    from kerasgen import distribution

    _serve(distribution.strategy("multiworker"))


if __name__ == "__main__":
    _main()
