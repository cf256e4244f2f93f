"""What training costs: against images, their size, and the number of workers.

    python benchmarks/scaling.py images
    python benchmarks/scaling.py size
    python benchmarks/scaling.py replicas

images: the dense VAE (784-512-16, batches of 128) on ever more images: seconds
of an epoch, of making the data set, and peak memory.

size: the DCGAN (batches of 64) on ever larger images: images a second, and
weights.

replicas: the DCGAN with 64 channels. Workers of one core each, a process each,
which share every batch over loopback, against one worker on one core; and the
same on two parts of one process's CPU. With 64 images a worker, and with 128 as
in `throughput.py`.

Each figure is of a process of its own, which trains for one epoch first and
then takes the median of three. Processes of `replicas` take turns over rounds,
so that a slow moment of the machine meets all of them.
"""

import argparse
import json
import operator
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

# The folder of this script is where Python looks for it.
from common import said
from common import say
from common import write_table

EPOCHS = 3
IMAGES = 1000, 10_000, 60_000, 240_000
SIZES = 28, 64, 96, 128
# Images of a step of each worker; targets are of the last.
BATCH_SIZES = 64, 128
# Of an epoch, of which the first waits for its data.
STEPS = 20
# Times that two workers of one core are as fast as one, at least.
_TARGET = 1.6
REPLICAS = {
    "1 worker, 1 core": {"workers": 1},
    "2 workers, 1 core each": {"workers": 2},
    "1 process, 2 parts of the CPU": {"workers": 1, "parts": 2, "cores": 2},
    "1 process, 2 cores": {"workers": 1, "cores": 2},
}


def main():
    options = parsed()
    if options.child is not None:
        measure(json.loads(options.child))
        return
    out = options.out
    if options.what == "images":
        rows = [row_of_images(number) for number in IMAGES]
        header = ["Images", "Seconds an epoch", "Images/s", "Data set, s", "GB"]
        write_table(out / "images.md", header, rows)
    elif options.what == "size":
        rows = [row_of_size(side) for side in SIZES]
        header = ["Pixels", "Images/s", "Megapixels/s", "Million weights", "GB"]
        write_table(out / "size.md", header, rows)
    else:
        replicas(options)


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("what", choices=("images", "size", "replicas"))
    add("--rounds", type=int, default=3, help="of replicas [3]")
    add(
        "--out",
        type=pathlib.Path,
        default=pathlib.Path("runs/scaling"),
        help="folder of the tables [runs/scaling]",
    )
    add("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


def row_of_images(number):
    found = run({"model": "vae", "images": number, "batch_size": 128})
    say(f"{number} images: {found}")
    return [
        f"{number:,}",
        f"{found['seconds']:.2f}",
        f"{number / found['seconds']:,.0f}",
        f"{found['data_seconds']:.2f}",
        f"{found['gigabytes']:.2f}",
    ]


def row_of_size(side):
    # As many pixels for each size.
    number = max(64, round(1500 * 28**2 / side**2 / 64) * 64)
    task = {"model": "dcgan", "images": number, "side": side, "filters": 16}
    found = run({**task, "batch_size": 64})
    say(f"{side} pixels: {found}")
    rate = number / found["seconds"]
    return [
        f"{side} x {side}",
        f"{rate:,.0f}",
        f"{rate * side**2 / 1e6:.2f}",
        f"{found['weights'] / 1e6:.2f}",
        f"{found['gigabytes']:.2f}",
    ]


def replicas(options):
    rates = {(name, size): [] for size in BATCH_SIZES for name in REPLICAS}
    for _ in range(options.rounds):
        for name, size in rates:
            task = REPLICAS[name]
            batch_size = size * max(task["workers"], task.get("cores", 1))
            number = STEPS * batch_size
            found = run(
                {
                    "model": "dcgan",
                    "images": number,
                    "filters": 64,
                    "batch_size": batch_size,
                    **task,
                }
            )
            rates[name, size].append(number / found["seconds"])
            say(f"{name}, {size} each: {rates[name, size][-1]:.1f} images/s")
    # Of a round: the machine's speed changes from one to the next.
    times = {
        (name, size): statistics.median(
            map(operator.truediv, found, rates["1 worker, 1 core", size])
        )
        for (name, size), found in rates.items()
    }
    rows = [
        [
            name,
            f"{size}",
            f"{statistics.median(found):.1f}",
            f"{min(found):.1f} to {max(found):.1f}",
            f"{times[name, size]:.2f}",
        ]
        for (name, size), found in rates.items()
    ]
    header = ["", "Images of each", "Images/s", "Rounds", "Times one worker"]
    two = times["2 workers, 1 core each", BATCH_SIZES[-1]]
    note = said("two workers, times one", two, two >= _TARGET, _TARGET)
    write_table(options.out / "replicas.md", header, rows, note)


def run(task):
    """What a task measures in processes of its own, the first one's answer."""
    from kerasgen.cli import local_workers

    workers, cores = task.get("workers", 1), task.get("cores", 1)
    available = sorted(os.sched_getaffinity(0))
    if task["model"] == "vae" or "side" in task:
        cores = len(available)
    if workers * cores > len(available):
        sys.exit(f"{task} needs {workers * cores} cores: {available}.")
    with tempfile.TemporaryDirectory() as folder:
        answer = pathlib.Path(folder) / "answer.json"
        processes = []
        configs = local_workers.cluster(workers)
        for index in range(workers):
            own = available[index * cores : (index + 1) * cores]
            environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
            if workers > 1:
                environment["TF_CONFIG"] = configs[index]
            child = {**task, "answer": str(answer), "core_list": own}
            command = [sys.executable, __file__, "replicas", "--child"]
            with open(log(folder, index), "w") as stream:
                processes.append(
                    subprocess.Popen(
                        [*command, json.dumps(child)],
                        env=environment,
                        stderr=stream,
                    )
                )
        failed = local_workers.first_that_fails(processes)
        local_workers.stop(processes)
        if failed is not None:
            text = log(folder, failed).read_text()[-3000:]
            sys.exit(f"{text}\n{task} failed, see above.")
        return json.loads(answer.read_text())


def log(folder, index):
    return pathlib.Path(folder) / f"{index}.log"


def measure(task):
    """The work of one process."""
    # Before TensorFlow counts them.
    os.sched_setaffinity(0, task["core_list"])
    from kerasgen import distribution

    name = "none"
    if task.get("workers", 1) > 1:
        name = "multiworker"
    elif task.get("parts", 1) > 1:
        name = "mirrored"
    strategy = distribution.strategy(name, task.get("parts"))
    import keras
    import numpy as np

    import kerasgen

    side = task.get("side", 28)
    generator = np.random.default_rng(0)
    images = generator.random((task["images"], side, side, 1), "float32")
    start = time.perf_counter()
    data = kerasgen.data.from_arrays(images, None, task["batch_size"], seed=0)
    data_seconds = time.perf_counter() - start
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = model_of(kerasgen, task, side)
        model.compile()
    clock = clock_of(keras)
    model.fit(data, epochs=1 + EPOCHS, verbose=0, callbacks=[clock])
    if distribution.is_chief(strategy):
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = {
            "seconds": statistics.median(clock.seconds[1:]),
            "data_seconds": data_seconds,
            "gigabytes": memory / 2**20,
            "weights": model.count_params(),
        }
        pathlib.Path(task["answer"]).write_text(json.dumps(answer))


def model_of(kerasgen, task, side):
    if task["model"] == "vae":
        options = {"hidden_units": [512]}
        return kerasgen.VAE((28, 28, 1), 16, network_options=options, seed=0)
    options = {"filters": task["filters"]}
    return kerasgen.DCGAN((side, side, 1), network_options=options, seed=0)


def clock_of(keras):
    class Clock(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.seconds = []

        def on_epoch_begin(self, epoch, logs=None):
            self._start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self._start)

    return Clock()


if __name__ == "__main__":
    main()
