"""Images made whole again: Pix2Pix by its recipes, against images as they are.

    python benchmarks/restoration.py
    python benchmarks/restoration.py --tasks mnist_noise shapes_grey --seeds 0

A task is a data set and what its images were made worse by: noise, grey,
downscale (half the pixels, enlarged again by bicubic interpolation) or mask (a
hole of half the sides). Pix2Pix is trained on the training images by `kerasgen
train pix2pix --target mnist --degrade noise`, and all test images are measured:
signal-to-noise ratio and structural similarity, beside those of images as they
are. Against noise, a convolutional DenoisingAutoencoder of as many parameters,
within a fifth, is trained for as long; it is trained and tested on noise that
is not clipped to [0, 1], as it has it, of which more can be told than of
Pix2Pix's. Runs are kept, with their pictures.

Machines should do nothing else.
"""

import functools
import subprocess
import sys
import time

import numpy as np
from common import argument_parser
from common import measured as measured_of_seeds
from common import say
from common import spread
from common import timed_training
from common import write_table

TASKS = (
    "mnist_noise",
    "mnist_downscale",
    "mnist_mask",
    "shapes_noise",
    "shapes_grey",
    "shapes_downscale",
    "shapes_mask",
)
HEADER = [
    "Images, and what was done to them",
    "PSNR as they are",
    "DenoisingAutoencoder",
    "Pix2Pix",
    "SSIM as they are",
    "Pix2Pix",
    "Minutes of training",
]
# Filters of the autoencoder with which it is as large as Pix2Pix's generator.
FILTERS = {"mnist": 21, "shapes": 37}
# Without what results do not depend on.
measured = functools.partial(measured_of_seeds, left_out=("tasks",))


def main():
    options = parse_arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    rows = [
        row_of(
            task,
            measured(task, options, functools.partial(of_task, task, options)),
        )
        for task in options.tasks
    ]
    write_table(options.out / "restoration.md", HEADER, rows)


def parse_arguments():
    parser = argument_parser(__doc__, "restoration", seeds=1)
    parser.add_argument(
        "--tasks",
        nargs="+",
        default=TASKS,
        choices=TASKS,
        help="[all]",
    )
    return parser.parse_args()


def row_of(task, results):
    """Cells of the table, of one result a seed."""

    def cell(name, pattern):
        found = [each[name] for each in results if name in each]
        return spread(found, pattern) if found else "-"

    return [
        task.replace("_", ", "),
        cell("peak_signal_to_noise_ratio_of_source", "{:.1f} dB"),
        cell("of_autoencoder", "{:.1f} dB"),
        cell("peak_signal_to_noise_ratio", "{:.1f} dB"),
        cell("structural_similarity_of_source", "{:.3f}"),
        cell("structural_similarity", "{:.3f}"),
        cell("training_minutes", "{:.1f}"),
    ]


def of_task(task, options, seed):
    """What Pix2Pix, the source and perhaps a peer reach: a dict of floats."""
    import kerasgen

    dataset, kind = task.split("_")
    folder = options.out / f"{task}_{seed}"
    command = "train", "pix2pix", "--target", dataset, "--degrade", kind
    where = "--seed", str(seed), "--run-dir", str(folder), "--overwrite"
    start = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "kerasgen", *command, *where], check=True
    )
    minutes = (time.monotonic() - start) / 60
    test = kerasgen.data.load_pairs(
        target=dataset,
        degrade=kind,
        split="test",
        batch_size=500,
        shuffle=False,
        seed=seed,
    )
    damaged, clean = map(np.concatenate, zip(*test.as_numpy_iterator()))
    model = kerasgen.load(folder)
    say(f"Pix2Pix's generator: {model.generator.count_params()} parameters")
    evaluation = kerasgen.tasks.evaluate_pairs(model, damaged, clean)
    found = {"training_minutes": minutes}
    for name, measure in evaluation["measures"].items():
        found[name] = measure["mean"]
    if kind == "noise":
        restored = of_autoencoder(dataset, clean, seed, minutes)
        ratios = kerasgen.metrics.peak_signal_to_noise_ratio(restored, clean)
        found["of_autoencoder"] = float(ratios.mean())
    return found


def of_autoencoder(dataset, clean, seed, minutes):
    """Noisy images, as a DenoisingAutoencoder restores them."""
    import keras
    import tensorflow as tf

    import kerasgen

    keras.utils.set_random_seed(seed)
    images, _ = kerasgen.data.load_arrays(dataset)
    model = kerasgen.DenoisingAutoencoder(
        images.shape[1:],
        64,
        network="dcgan",
        network_options={"filters": FILTERS[dataset]},
        corruption="gaussian",
        corruption_level=0.3,
        seed=seed,
    )
    say(f"DenoisingAutoencoder: {model.count_params()} parameters")
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(
        images,
        batch_size=128,
        epochs=10_000,
        callbacks=[timed_training(60 * minutes)],
        verbose=2,
    )
    noise = np.random.default_rng(seed).normal(0.0, 0.3, clean.shape)
    noisy = tf.data.Dataset.from_tensor_slices(
        (clean + noise).astype("float32")
    )
    return np.concatenate(
        # Not as a user calls it, who is refused what no image is.
        [model.call(batch) for batch in noisy.batch(500)]
    )


if __name__ == "__main__":
    main()
