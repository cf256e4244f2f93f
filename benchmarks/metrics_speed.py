"""Time, memory and value of metrics, beside other implementations.

    python benchmarks/metrics_speed.py                 # all
    python benchmarks/metrics_speed.py --only prdc --sizes 2500 5000 10000

Each implementation runs in a process of its own on the same features, of
which the peak of memory above the start is taken, in one go on one machine:

- `prdc`: precision, recall, density and coverage, against the package `prdc`
  (`pip install prdc`), whose matrices are of n x n; and how kerasgen's time and
  memory grow with n.
- `frechet`: the root of a product of covariances, against `scipy.linalg.sqrtm`.
- `streaming`: sums of `FrechetDistance`, against one call of `numpy.cov`.
"""

import argparse
import multiprocessing
import pathlib
import resource
import threading
import time

import numpy as np
from common import say
from common import write_table


def features(rows, width, seed):
    """Features as of a network: correlated, none negative."""
    generator = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).normal(size=(width, width))
    mixed = generator.normal(size=(rows, width)) @ mixing / width**0.5
    return np.maximum(mixed, 0.0).astype("float32")


# === The implementations: names to functions of (rows, width) ===


def prdc_kerasgen(rows, width):
    from kerasgen.metrics.manifold import precision_recall_density_coverage

    real, generated = features(rows, width, 1), features(rows, width, 2)
    return measure(lambda: precision_recall_density_coverage(real, generated))


def prdc_package(rows, width):
    import prdc

    real, generated = features(rows, width, 1), features(rows, width, 2)
    return measure(lambda: prdc.compute_prdc(real, generated, nearest_k=5))


def covariances(rows, width):
    return [
        np.cov(features(rows, width, seed).T.astype("float64"))
        for seed in (1, 2)
    ]


def root_kerasgen(rows, width):
    from kerasgen.metrics import frechet

    first, second = covariances(rows, width)
    zero = np.zeros(width)
    distance, *rest = measure(
        lambda: frechet.distance_of_moments(zero, first, zero, second)
    )
    return (np.trace(first + second) - distance) / 2, *rest


def root_scipy(rows, width):
    import scipy.linalg

    first, second = covariances(rows, width)
    return measure(lambda: np.trace(scipy.linalg.sqrtm(first @ second)).real)


def streaming_kerasgen(rows, width):
    import tensorflow as tf

    from kerasgen.metrics import FrechetDistance

    all_rows = features(rows, width, 1).astype("float64")
    metric = FrechetDistance(num_features=width)
    add = tf.function(metric.update_state)
    batches = [tf.constant(part) for part in np.split(all_rows, rows // 500)]
    none = tf.zeros((0, width), tf.float64)
    add(batches[0], none)

    def run():
        metric.reset_state()
        for batch in batches:
            add(batch, none)

    _, *costs = measure(run)
    _, covariance = metric._mean_and_covariance(*metric._moments[0])
    return float(tf.linalg.trace(covariance)), *costs


def streaming_numpy(rows, width):
    all_rows = features(rows, width, 1).astype("float64")
    return measure(lambda: np.trace(np.cov(all_rows.T)))


def measure(function):
    """(value, seconds, megabytes above the start) of a call."""
    before = _resident()
    peak = [before]
    done = threading.Event()

    def watch():
        while not done.wait(0.005):
            peak[0] = max(peak[0], _resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    value = function()
    seconds = time.perf_counter() - start
    done.set()
    watcher.join()
    return value, seconds, max(peak[0] - before, 0)


def _resident():
    """Megabytes of this process that are in memory."""
    with open("/proc/self/statm") as stream:
        pages = int(stream.read().split()[1])
    return pages * resource.getpagesize() / 2**20


def in_process(function, *arguments):
    """Result of a function in a fresh process; its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def compare(title, ours, theirs, rows, width):
    """Says what both took; returns a row of the table."""
    say(f"\n{title}, {rows} x {width}")
    (value, seconds, memory), (other, other_seconds, other_memory) = (
        in_process(function, rows, width) for function in (ours, theirs)
    )
    peer = theirs.__name__.split("_")[1]
    for name, numbers in (
        ("kerasgen", (value, seconds, memory)),
        (peer, (other, other_seconds, other_memory)),
    ):
        say(
            f"  {name:10} {numbers[1]:8.2f} s {numbers[2]:8.0f} MB  "
            f"{_text(numbers[0])}"
        )
    return [
        f"{title}, {rows:,} x {width:,}",
        f"{seconds:.2f} s, {memory:,.0f} MB",
        f"{other_seconds:.2f} s, {other_memory:,.0f} MB ({peer})",
        f"{other_seconds / seconds:.1f}",
        f"{other_memory / max(memory, 1):.1f}",
    ]


def _text(value):
    if isinstance(value, dict):
        return ", ".join(f"{k} {v:.4f}" for k, v in sorted(value.items()))
    return f"{value:.9g}"


def growth(sizes, width):
    say(f"\nGrowth of precision, recall, density, coverage, width {width}")
    for rows in sizes:
        _, seconds, memory = in_process(prdc_kerasgen, rows, width)
        say(f"  n {rows:6} {seconds:8.2f} s {memory:8.0f} MB")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = ["prdc", "frechet", "streaming"]
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=int,
        default=[5_000, 10_000, 20_000, 50_000],
        help="rows of the growth of prdc",
    )
    parser.add_argument(
        "--out",
        type=pathlib.Path,
        default=pathlib.Path("runs/metrics_speed"),
        help="folder of the table [runs/metrics_speed]",
    )
    options = parser.parse_args()
    compared = {
        "prdc": (
            *("Precision, recall, density, coverage", prdc_kerasgen),
            *(prdc_package, 10_000, 64),
        ),
        "frechet": ("Matrix root", root_kerasgen, root_scipy, 10_000, 2048),
        "streaming": (
            *("Covariance", streaming_kerasgen),
            *(streaming_numpy, 10_000, 2048),
        ),
    }
    rows = [compare(*compared[part]) for part in options.only]
    if "prdc" in options.only:
        growth(options.sizes, 64)
    header = ["", "kerasgen", "other", "Times in time", "Times in memory"]
    write_table(options.out / "metrics_speed.md", header, rows)


if __name__ == "__main__":
    main()
