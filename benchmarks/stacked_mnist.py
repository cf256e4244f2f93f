"""How many of 1,000 modes a GAN covers: three MNIST digits in three channels.

    python benchmarks/stacked_mnist.py                 # DCGANs and R3GAN
    python benchmarks/stacked_mnist.py --models pacgan --minutes 5

The protocol of Lin et al. (2018), PacGAN, section 4.2: each training image is
three random digits of MNIST's training split, stacked as red, green and blue;
the mode of a sample is the three digits that a classifier sees in its channels;
26,000 samples are drawn, and the modes among them counted, with the divergence
of their shares from even ones in nats. The classifier is kerasgen's of MNIST.

Digits are stacked on the fly, as a function of (seed, step). CollapseMonitor
looks on and tells of collapse. Each model leaves NAME.json, NAME.keras and
NAME.png in --out, and is not trained again where they are; stacked_mnist.md is
the table of all.
"""

import argparse
import pathlib
import sys
import time
import warnings

import numpy as np
from common import check_same_settings
from common import say
from common import settings_of
from common import write_table

NUM_SAMPLES = 26_000
DATA_SHAPE = (28, 28, 3)
STEPS_AN_EPOCH = 500
# Row of the table: (the model's name in kerasgen, its arguments, modes and
# divergence in table 2 of Lin et al. 2018, mean of 10 runs). The published
# discriminators have 8 filters where generators have 64, which is what makes
# DCGAN collapse: so has that of the first row.
MODELS = {
    "dcgan_weak": ("dcgan", {}, "99 / 3.40"),
    "dcgan": ("dcgan", {}, None),
    "pacgan": ("pacgan", {"packing": 2}, "1000 / 0.06"),
    "wgan_gp": ("wgan_gp", {}, "959 / 0.73"),
    "r3gan": ("r3gan", {"r1": 1.0, "r2": 1.0, "ema_momentum": 0.995}, None),
}
WEAK_FILTERS = 8


def main():
    options = parse_arguments()
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    import kerasgen
    from kerasgen.utils import files

    images, _ = kerasgen.data.load_arrays("mnist")
    for name in options.models:
        path = options.out / f"{name}.json"
        if path.exists() and not options.overwrite:
            found = files.read_json(path)["settings"]
            check_same_settings(path, found, settings_of(options, "models"))
            say(f"{name}: {path} is there already; --overwrite repeats it.")
            continue
        files.write_json(path, measure(name, images, options))
    write_results(options.out)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--models",
        nargs="+",
        choices=MODELS,
        default=["dcgan_weak", "dcgan", "r3gan"],
        metavar="NAME",
        help=f"rows of the table: {', '.join(MODELS)} [dcgan_weak dcgan r3gan]",
    )
    add("--minutes", type=float, default=30.0, help="training a model [30]")
    add("--filters", type=int, default=32, help="of the networks [32]")
    add("--latent-dim", type=int, default=64, help="latents [64]")
    add("--batch-size", type=int, default=64, help="images a step [64]")
    add("--learning-rate", type=float, default=2e-4, help="Adam's [2e-4]")
    add("--seed", type=int, default=0)
    add(
        "--out",
        type=pathlib.Path,
        default=pathlib.Path("runs/stacked_mnist"),
        help="folder of the results [runs/stacked_mnist]",
    )
    add("--overwrite", action="store_true", help="repeat what is there")
    return parser.parse_args()


def measure(name, images, options):
    """Trains and judges a model; a dict for its JSON file."""
    import kerasgen
    from kerasgen.callbacks import CollapseMonitor
    from kerasgen.utils import files
    from kerasgen.utils.images import save_image_grid

    classifier = classifier_of_modes()
    held_out, _ = kerasgen.data.load_arrays("mnist", "test")
    monitor = CollapseMonitor(
        first_of(held_out, 2000, options.seed),
        classifier=classifier,
        num_samples=2000,
    )
    model = new_model(name, options)
    start = time.monotonic()
    told = []

    def tell(message, *_, **__):
        told.append(str(message))
        say(f"\n  {message}")

    with warnings.catch_warnings():
        warnings.showwarning = tell
        history = model.fit(
            stacked(images, options.batch_size, options.seed),
            epochs=10_000,
            steps_per_epoch=STEPS_AN_EPOCH,
            verbose=0,
            callbacks=[monitor, progress(name, options.minutes)],
        )
    minutes = (time.monotonic() - start) / 60
    with files.atomic_path(options.out / f"{name}.keras") as scratch:
        model.save(scratch)
    samples = model.generate(NUM_SAMPLES, seed=options.seed)
    save_image_grid(options.out / f"{name}.png", samples[:64])
    covered, divergence = judge(samples, classifier)
    of_real = judge(first_of(held_out, NUM_SAMPLES, options.seed), classifier)
    say(
        f"{name}: {covered} modes, divergence {divergence:.3f}; of real digits "
        f"{of_real[0]}, {of_real[1]:.3f}"
    )
    return {
        "model": name,
        "modes": covered,
        "divergence": divergence,
        "modes_of_real": of_real[0],
        "divergence_of_real": of_real[1],
        "settings": settings_of(options, "models"),
        "steps": STEPS_AN_EPOCH * len(history.epoch),
        "minutes": minutes,
        "seed": options.seed,
        "collapse_told": told,
        "collapsed_at_end": sorted(monitor.found),
    }


def stacked(images, batch_size, seed):
    """Batches of three random digits in three channels, without end.

    Args:
        images: array of shape `(n, 28, 28, 1)`.
        batch_size: int.
        seed: int.

    Returns:
        `tf.data.Dataset` of float32 images of shape `(batch_size, 28, 28, 3)`.
    """
    import tensorflow as tf

    pixels = tf.constant((images[..., 0] * 255).round().astype(np.uint8))

    def batch(step):
        chosen = tf.random.stateless_uniform(
            (batch_size, 3), [seed, step], 0, len(images), tf.int64
        )
        digits = tf.gather(pixels, chosen)  # (batch, channel, height, width)
        return tf.cast(tf.transpose(digits, (0, 2, 3, 1)), tf.float32) / 255

    steps = tf.data.Dataset.counter()
    return steps.map(batch).prefetch(2)


def first_of(images, number, seed):
    """The first stacked digits of a seed, an array."""
    return next(iter(stacked(images, number, seed))).numpy()


def judge(samples, classifier):
    """(modes covered, divergence of their shares from even ones)."""
    from kerasgen import metrics

    modes = classifier.predict(samples, batch_size=500, verbose=0)
    return metrics.mode_coverage(modes.argmax(axis=1), 1000)


def new_model(name, options):
    """A compiled model; all but the weak one share networks and rates."""
    import keras

    from kerasgen import models
    from kerasgen import networks

    keras.utils.set_random_seed(options.seed)
    model_name, arguments, _ = MODELS[name]
    network_options = {"filters": options.filters, "kernel_size": 4}
    if name == "dcgan_weak":
        weak = networks.build(
            "dcgan",
            "discriminator",
            options={**network_options, "filters": WEAK_FILTERS},
            data_shape=DATA_SHAPE,
        )
        arguments = {**arguments, "discriminator": weak}
    model = models.MODELS[model_name](
        DATA_SHAPE,
        options.latent_dim,
        network="dcgan",
        network_options=network_options,
        seed=options.seed,
        **arguments,
    )
    model.compile(
        *(
            keras.optimizers.Adam(options.learning_rate, beta_1=0.5)
            for _ in range(2)
        )
    )
    return model


def classifier_of_modes():
    """A network from stacked digits to the probabilities of 1,000 modes."""
    import keras

    from kerasgen import metrics

    digit = metrics.classifier_network("mnist")
    images = keras.Input(DATA_SHAPE)
    hundreds, tens, ones = (
        digit(images[..., channel : channel + 1]) for channel in range(3)
    )
    together = (
        hundreds[:, :, None, None]
        * tens[:, None, :, None]
        * ones[:, None, None]
    )
    return keras.Model(images, keras.layers.Reshape((1000,))(together))


def progress(name, minutes):
    """A callback: how far training is; it ends it after some minutes."""
    import keras

    class Progress(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.start = time.monotonic()

        def on_epoch_end(self, epoch, logs=None):
            passed = (time.monotonic() - self.start) / 60
            steps = STEPS_AN_EPOCH * (epoch + 1)
            evenness = logs.get("class_evenness", 0)
            sys.stderr.write(
                f"\r  {name}: {steps} steps, {passed:.1f} of {minutes:.0f} "
                f"minutes, evenness of modes {evenness:.2f}   "
            )
            sys.stderr.flush()
            is_lost = not all(map(np.isfinite, logs.values()))
            if is_lost or passed >= minutes:
                self.model.stop_training = True

        def on_train_end(self, logs=None):
            sys.stderr.write("\n")

    return Progress()


def write_results(folder):
    """Writes a table of all models that have a result in a folder."""
    from kerasgen.utils import files

    rows = []
    for name in MODELS:
        path = folder / f"{name}.json"
        if path.exists():
            found = files.read_json(path)
            rows.append(
                [
                    name,
                    f"{found['modes']:,}",
                    f"{found['divergence']:.3f}",
                    MODELS[name][2] or "-",
                    f"{found['steps']:,}",
                    f"{found['minutes']:.0f}",
                    found["seed"],
                    ", ".join(found["collapsed_at_end"]) or "-",
                ]
            )
            real = f"{found['modes_of_real']:,}"
            real = [real, f"{found['divergence_of_real']:.3f}"]
    rows.append(["real digits", *real, *"-----"])
    header = ["Model", "Modes of 1,000", "Divergence", "Published", "Steps"]
    header += ["Minutes", "Seed", "Collapse told at the end, of"]
    write_table(folder / "stacked_mnist.md", header, rows)


if __name__ == "__main__":
    main()
