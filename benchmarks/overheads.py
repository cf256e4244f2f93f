"""What comes on top of a step: importing, feeding data, and memory over time.

    python benchmarks/overheads.py [--epochs 200]

import: seconds of `import tensorflow`, and of `import kerasgen` after it, each
in processes of their own that take turns; medians.

pipeline: seconds that an epoch of 60,000 images of random pixels (28 x 28,
batches of 128) takes to read from `kerasgen.data.from_arrays`, as a share of
the time that the dense VAE (784-512-16) trains on them; and what it adds to
that time, against as many steps on one batch that stays, which caches hold.
Medians over epochs that take turns.

memory: megabytes that the process holds while it trains the same VAE on 6,000
images, after a tenth of the epochs and after all, and the slope of a line
through those between.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
from common import said
from common import say
from common import write_table

_TIMED = """
import time
start = time.perf_counter()
import tensorflow
middle = time.perf_counter()
import kerasgen
print(middle - start, time.perf_counter() - middle)
"""


def main():
    options = parsed()
    say("import: one process after the other")
    tensorflow, kerasgen = imports(options.rounds)
    rows = [["import tensorflow", f"{tensorflow:.2f} s"]]
    rows += [["import kerasgen after it", f"{kerasgen:.2f} s"]]
    read, trained, one_batch = pipeline(options.rounds)
    added = 1 - one_batch / trained
    rows += [["reading an epoch", f"{read:.3f} s"]]
    rows += [["training on it", f"{trained:.2f} s"]]
    rows += [["as many steps on one batch", f"{one_batch:.2f} s"]]
    rows += [["reading, as a share of training", f"{read / trained:.1%}"]]
    rows += [["what it adds to training", f"{added:.1%}"]]
    held = memory(options.epochs)
    first = len(held) // 10
    slope = np.polyfit(np.arange(first, len(held)), held[first:], 1)[0]
    for epoch in (first, len(held)):
        rows += [[f"memory after epoch {epoch}", f"{held[epoch - 1]:.0f} MB"]]
    rows += [["slope", f"{1000 * slope:.1f} KB an epoch"]]
    growth = held[-1] / held[first - 1]
    notes = [
        said("import kerasgen, seconds", kerasgen, kerasgen <= 0.3, 0.3),
        said("reading, share", read / trained, read / trained <= 0.05, 0.05),
        said("what reading adds, share", added, added <= 0.05, 0.05),
        said("memory, times a tenth's", growth, growth <= 1.02, 1.02),
    ]
    write_table(options.out / "overheads.md", ["", ""], rows, "\n".join(notes))


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rounds", type=int, default=7, help="[7]")
    add("--epochs", type=int, default=200, help="of the memory's run [200]")
    add("--out", type=pathlib.Path, default=pathlib.Path("runs/overheads"))
    return parser.parse_args()


def imports(rounds):
    """Seconds of both imports."""
    found = []
    for _ in range(rounds):
        output = subprocess.check_output(
            [sys.executable, "-c", _TIMED], text=True, stderr=subprocess.DEVNULL
        )
        found.append([float(word) for word in output.split()])
    return np.median(found, axis=0)


def images(number):
    return np.random.default_rng(0).random((number, 28, 28, 1), np.float32)


def vae():
    import kerasgen

    model = kerasgen.VAE(
        (28, 28, 1), 16, network_options={"hidden_units": (512,)}, seed=0
    )
    model.compile()
    return model


def pipeline(rounds):
    """Seconds of reading an epoch, of training for one, and for as many steps
    on one batch."""
    import keras
    import tensorflow as tf

    import kerasgen

    data = kerasgen.data.from_arrays(images(60_000), batch_size=128, seed=0)
    read, trained, one_batch = [], [], []
    # A data set of the same batch, which costs nothing to read.
    still = next(iter(data))
    still = tf.data.Dataset.from_tensors(still).repeat(len(data))

    # As `fit` reads: an iterator in a graph that is traced once, and no
    # function that would be called with each batch, as `reduce` has.
    @tf.function
    def read_all():
        batches = iter(data)
        for _ in tf.range(len(data) - 1):
            next(batches)
        return next(batches)

    class Clock(keras.callbacks.Callback):
        def __init__(self, seconds):
            super().__init__()
            self.seconds = seconds

        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self.start)

    model = vae()
    for _ in range(rounds + 1):
        for images_of_epoch, seconds in ((data, trained), (still, one_batch)):
            model.fit(images_of_epoch, callbacks=[Clock(seconds)], verbose=0)
        start = time.perf_counter()
        read_all().numpy()
        read.append(time.perf_counter() - start)
    # In the first of them TensorFlow traces and compiles.
    return [statistics.median(each[1:]) for each in (read, trained, one_batch)]


def memory(epochs):
    """Megabytes after each epoch."""
    import keras

    held = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            status = pathlib.Path("/proc/self/status").read_text()
            kilobytes = status.split("VmRSS:")[1].split()[0]
            held.append(int(kilobytes) / 1000)

    rows = images(6000)
    vae().fit(
        rows[1000:],
        batch_size=128,
        epochs=epochs,
        validation_data=rows[:1000],
        callbacks=[Look()],
        verbose=0,
    )
    return held


if __name__ == "__main__":
    main()
