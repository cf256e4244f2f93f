"""Runs that are killed again and again, and whether it shows at their end.

    python benchmarks/soak.py [--kills 200] [--models vae gan vqvae]
    python benchmarks/soak.py --command "kerasgen launch --workers 2 --"

Each model is trained once by `kerasgen train` without a stop. Then the same
command is killed (SIGKILL) at random moments, and given again with --resume,
until the run has ended; and so with more runs, until there were enough kills.
All files of each run are compared with those of the first one: weights,
optimizers' slots, history and pictures must be equal bit for bit, and nothing
may be left over.

A moment is drawn in two steps: after how many epochs since the last start (from
0 to --within), and how far into what follows: the start, an epoch, or the
writing of results, and one time in three the writing of the next checkpoint.
Where the command has children, one of them is killed.

It fails if anything differs, or if most kills did not fall into the training.
"""

import argparse
import collections
import contextlib
import dataclasses
import functools
import math
import pathlib
import random
import shlex
import shutil
import sys
import time

import processes
from common import say
from common import write_table
from run_files import Run
from run_files import differences

_NETWORK = ["--set", "hidden_units=[16]", "--set", "latent_dim=3"]
SETTINGS = {
    "vae": _NETWORK,
    "gan": [
        *_NETWORK,
        *("--set", "discriminator_steps=2", "--set", "ema_momentum=0.9"),
    ],
    "vqvae": [
        *("--set", "network=mlp", *_NETWORK, "--set", "num_embeddings=8"),
        *("--set", "prior_filters=4", "--set", "prior_layers=1"),
    ],
}
PHASES = ("start-up", "training", "a checkpoint", "results")
# Seconds: between two looks at a process, and for it to end after a kill.
INTERVAL = 0.002
_PATIENCE = 300


def main():
    options = parse_arguments()
    if options.fork:
        processes.import_all()
    generator = random.Random(options.seed)
    number = -(-options.kills // len(options.models))
    soaks = []
    for model in options.models:
        soak = Soak(
            options.out / model,
            functools.partial(start, options, model),
            options.epochs,
            options.within,
            generator,
        )
        soak.run(number)
        soaks.append(soak)
    write_table(
        options.out / "soak.md",
        ["Model", "Kills", *(f"in {phase}" for phase in PHASES)]
        + ["Epochs begun again", "Runs ended", "of them equal"],
        [[soak.name, *soak.cells()] for soak in soaks],
    )
    check(soaks)


def check(soaks):
    """Ends the program with what is wrong, if anything is."""
    if any(any(soak.differences) for soak in soaks):
        sys.exit("Not all runs are equal, see above.")
    kills = sum((soak.kills for soak in soaks), collections.Counter())
    if 2 * (kills["training"] + kills["a checkpoint"]) < kills.total():
        sys.exit("Most kills did not fall into the training.")


def start(options, model, folder, log):
    """Starts or resumes a run; its process."""
    words = ["train", model, *SETTINGS[model], "--batch-size", "128"]
    words += ["--epochs", str(options.epochs)]
    words += ["--run-dir", str(folder), "--resume"]
    if options.fork:
        command = functools.partial(processes.run_command, words)
        return processes.ForkedProcess(command, log)
    return processes.started([*shlex.split(options.command), *words], log)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--kills", type=int, default=200, help="of all models together [200]")
    add("--models", nargs="+", default=list(SETTINGS), choices=SETTINGS)
    add("--epochs", type=int, default=40, help="of a run [40]")
    add("--within", type=int, default=4, help="epochs from start to kill [4]")
    add("--seed", type=int, default=0, help="of the moments [0]")
    add(
        "--command",
        default=f"{shlex.quote(sys.executable)} -m kerasgen",
        help="what `train` and its options are added to [python -m kerasgen]",
    )
    add(
        "--fork",
        action="store_true",
        help="start runs by forking a process that has imported TensorFlow, "
        "which is four times as fast",
    )
    add("--out", type=pathlib.Path, default=pathlib.Path("runs/soak"))
    return parser.parse_args()


@dataclasses.dataclass
class Clock:
    """Seconds that parts of a run take.

    Args:
        start: until there is a checkpoint of no epoch.
        first: from then to the next, in which TensorFlow traces.
        epoch: from one checkpoint to the next, later.
        checkpoint: until one is written.
        results: from the last one to the end.
    """

    start: float
    first: float
    epoch: float
    checkpoint: float
    results: float


def after(seconds):
    """A function that says whether so many have passed since now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


class Soak:
    """Runs of one model.

    Args:
        folder: `pathlib.Path`. Is emptied, and gets the runs.
        start: function of the folder of a run and the file of its log, which
            starts or resumes it; returns its process.
        epochs: int. Epochs of a run.
        within: int. At most so many epochs are between a start and a kill.
        generator: `random.Random` of the moments.
    """

    def __init__(self, folder, start, epochs, within, generator):
        self.name = folder.name
        self.kills = collections.Counter()
        self.epochs_begun = 0
        self.differences = []
        self._folder = folder
        self._log = folder / "log.txt"
        self._start = start
        self._epochs = epochs
        self._within = within
        self._generator = generator

    def run(self, number):
        """Kills so many times, and lets the last run end."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        whole = Run(self._folder / "whole")
        clock = self._measured(whole)
        say(f"{self.name}: {clock}")
        while self.kills.total() < number:
            run = Run(self._folder / f"killed_{len(self.differences)}")
            while self.kills.total() < number and self._is_killed(run, clock):
                pass
            if self.kills.total() == number:
                with self._started(run) as process:
                    self._wait(process)
                self._check_success(process)
            found = differences(whole, run)
            say(f"{self.name}, {run.path.name}: {found or 'equal'}")
            self.differences.append(found)

    def cells(self):
        """A row of the table."""
        return [
            self.kills.total(),
            *(self.kills[phase] for phase in PHASES),
            self.epochs_begun - self._epochs * len(self.differences),
            len(self.differences),
            self.differences.count([]),
        ]

    def _measured(self, run):
        ends, looks, writes = {}, 0, 0
        begin = time.monotonic()
        with self._started(run) as process:
            while process.poll() is None:
                ends.setdefault(run.epochs(), time.monotonic() - begin)
                looks += 1
                writes += bool(run.scratch("checkpoints"))
                time.sleep(INTERVAL)
        self._check_success(process)
        self.epochs_begun = 0
        whole = time.monotonic() - begin
        return Clock(
            start=ends[0],
            first=ends[1] - ends[0],
            epoch=(ends[self._epochs] - ends[1]) / (self._epochs - 1),
            checkpoint=whole * writes / looks / (self._epochs + 1),
            results=whole - ends[self._epochs],
        )

    @contextlib.contextmanager
    def _started(self, run):
        with open(self._log, "wb") as log:
            process = self._start(run.path, log)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                self._wait(process)
            # As `fit` writes it.
            self.epochs_begun += self._log.read_bytes().count(b"\nEpoch ")

    def _wait(self, process, until=bool):
        """Until it ends, or something else is so."""
        while process.poll() is None and not until():
            time.sleep(INTERVAL)

    def _check_success(self, process):
        if process.returncode:
            text = self._log.read_text(errors="replace")[-5000:]
            sys.exit(f"{text}\n{self.name} failed by itself, see above.")

    def _is_killed(self, run, clock):
        """Starts a run; whether it was killed before its end."""
        scratch, trained = run.scratch(), run.epochs()
        with self._started(run) as process:
            self._wait(process, after(self._moment(process, run, clock)))
            if process.poll() is not None:
                self._check_success(process)
                return False
            processes.kill(process, self._generator)
            self._wait(process, after(_PATIENCE))
            if process.poll() is None:
                sys.exit(f"{self.name}: the command outlives what it runs.")
        if process.returncode == 0:
            return False
        written = {path.parent.name for path in run.scratch() - scratch}
        self.kills[self._phase(run, trained, written)] += 1
        return True

    def _moment(self, process, run, clock):
        """Waits for some epochs; seconds from then to the kill."""
        before, scratch = run.epochs(), run.scratch()
        draw, coin = self._generator.uniform, self._generator.randrange(2)
        if before == self._epochs:
            # One time in two it may end.
            return draw(0, clock.start + clock.results) if coin else math.inf
        number = self._generator.randint(0, self._within)
        goal = min(max(before, 0) + number, self._epochs)
        self._wait(process, lambda: number == 0 or run.epochs() >= goal)
        if goal == self._epochs:
            return draw(0, clock.results)
        if not self._generator.randrange(3):
            self._wait(process, lambda: run.scratch("checkpoints") - scratch)
            return draw(0, clock.checkpoint)
        return draw(0, clock.epoch if number else clock.start + clock.first)

    def _phase(self, run, trained, written):
        """In what a process was killed.

        Args:
            run: `Run`.
            trained: int. Epochs that it had when the process started.
            written: set of names of folders in which a file was being written.
        """
        if "checkpoints" in written:
            return "a checkpoint"
        if run.epochs() == self._epochs and (written or trained < self._epochs):
            return "results"
        if b"Training" in self._log.read_bytes():
            return "training"
        return "start-up"


if __name__ == "__main__":
    main()
