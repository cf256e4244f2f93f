"""Test likelihoods on MNIST, beside those that were published.

    python benchmarks/likelihood.py                    # 30 minutes a model
    python benchmarks/likelihood.py --models vae --minutes 1 --num-samples 50

Trains each model on the 60,000 training images and bounds the log-likelihood of
the 10,000 test images by equation 8 of Burda et al. (2016), as their table 1
does: 50 latents between networks of two layers of 200 units, pixels drawn as 0
or 1 with their grey value as probability, anew in each training step and once,
from the seed, for the test. The units are ELU where the paper's are tanh, which
takes many times the epochs: 421 of them left the VAE at 88.76 nats.

Each model leaves NAME.json and NAME.keras in --out, whole or not at all, and is
not trained again where they are; likelihood.md is the table of all.
"""

import argparse
import pathlib
import sys
import time

import numpy as np
from common import say
from common import write_table

DATA_SHAPE = (28, 28, 1)
# Row of the table: (the model's name in kerasgen, its arguments, nats in
# table 1 of Burda et al. 2016).
MODELS = {
    "vae": ("vae", {}, 86.76),
    "iwae_5": ("iwae", {"num_importance_samples": 5}, 85.54),
    "iwae_50": ("iwae", {"num_importance_samples": 50}, 84.78),
    "vamp_prior_vae": ("vamp_prior_vae", {}, None),
}


def main():
    options = parse_arguments()
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    import kerasgen
    from kerasgen.utils import files

    images, _ = kerasgen.data.load_arrays("mnist")
    test_images, _ = kerasgen.data.load_arrays("mnist", "test")
    test_images = test_images[: options.test_images]
    for name in options.models:
        path = options.out / f"{name}.json"
        if path.exists() and not options.overwrite:
            check_same_settings(path, options)
            say(f"{name}: {path} is there already; --overwrite repeats it.")
            continue
        files.write_json(path, measure(name, images, test_images, options))
    write_results(options.out)
    say(f"The numbers are in {options.out}, a file a model.")


def check_same_settings(path, options):
    """Raises unless a result is of the settings that are asked for."""
    from kerasgen.utils import files

    found, wanted = files.read_json(path), settings_of(options)
    other = {
        name: found[name] for name in wanted if found[name] != wanted[name]
    }
    if other:
        sys.exit(
            f"{path} is of other settings, {other}. Pass --overwrite to repeat "
            "it, or another --out."
        )


def settings_of(options):
    """What a result depends on, besides how long it was trained."""
    left_out = "models", "out", "overwrite", "epochs", "minutes"
    return {k: v for k, v in vars(options).items() if k not in left_out}


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
        default=["vae", "iwae_5", "iwae_50"],
        metavar="NAME",
        help=f"rows of the table: {', '.join(MODELS)} [vae iwae_5 iwae_50]",
    )
    add(
        "--minutes",
        type=float,
        default=30.0,
        help="training time a model, from which the epochs follow [30]",
    )
    add("--epochs", type=int, help="passes over the data, instead of minutes")
    add("--seed", type=int, default=0, help="same seed and epochs, same run")
    add(
        "--out",
        type=pathlib.Path,
        default=pathlib.Path("runs/likelihood"),
        help="folder of the results [runs/likelihood]",
    )
    add("--overwrite", action="store_true", help="repeat what is there")
    add(
        "--num-samples",
        type=int,
        default=5000,
        help="samples an image of the bound; published numbers are for 5000",
    )
    add(
        "--test-images",
        type=int,
        default=10_000,
        help="how many of the 10,000 test images, for a quick look",
    )
    add(
        "--hidden-units",
        nargs="+",
        type=int,
        default=[200, 200],
        help="of encoder and decoder [200 200, as published]",
    )
    add("--activation", default="elu", help="of the hidden units [elu]")
    add("--latent-dim", type=int, default=50, help="latents [50]")
    add("--batch-size", type=int, default=100, help="images a step [100]")
    add(
        "--learning-rate",
        type=float,
        default=2e-3,
        help="Adam's at its peak; it falls to 0 by a cosine [2e-3]",
    )
    return parser.parse_args()


def measure(name, images, test_images, options):
    """Trains a model and bounds its likelihood; a dict for its JSON file."""
    import kerasgen
    from kerasgen.utils import files

    epochs = options.epochs or epochs_in(name, images, options)
    say(f"{name}: {epochs} epochs")
    model = new_model(name, options)
    steps = len(images) // options.batch_size
    compile_for(model, epochs * steps, options)
    data = kerasgen.data.from_arrays(
        images, batch_size=options.batch_size, seed=options.seed
    )
    start = time.monotonic()
    history = model.fit(data, epochs=epochs, verbose=0, callbacks=[progress()])
    minutes = (time.monotonic() - start) / 60
    with files.atomic_path(options.out / f"{name}.keras") as scratch:
        model.save(scratch)
    say(f"{name}: bound from {options.num_samples} samples an image")
    bound = model.log_likelihood(
        test_images,
        num_samples=options.num_samples,
        binarization="dynamic",
        seed=options.seed,
        verbose=1,
    ).astype(np.float64)
    return {
        "model": name,
        "negative_log_likelihood": -bound.mean(),
        "standard_error": bound.std() / np.sqrt(len(bound)),
        "published": MODELS[name][2],
        "epochs": epochs,
        "minutes": minutes,
        "training_loss": history.history["loss"][-1],
        **settings_of(options),
    }


def new_model(name, options):
    import keras

    from kerasgen import models

    model, arguments, _ = MODELS[name]
    keras.utils.set_random_seed(options.seed)
    return models.MODELS[model](
        DATA_SHAPE,
        options.latent_dim,
        network_options={
            "hidden_units": options.hidden_units,
            "activation": options.activation,
        },
        binarization="dynamic",
        seed=options.seed,
        **arguments,
    )


def compile_for(model, num_steps, options):
    """Compiles for a training that is `num_steps` long."""
    import keras

    warm_up = min(500, num_steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        num_steps - warm_up,
        warmup_target=options.learning_rate,
        warmup_steps=warm_up,
    )
    # Without XLA and with a call a step, a VAE trains half as fast.
    model.compile(
        # Norms are about 40. One step of far more, in the middle of a long
        # training at high rates, was seen to undo all before it.
        keras.optimizers.Adam(rate, global_clipnorm=60.0),
        jit_compile=True,
        steps_per_execution=50,
    )


def epochs_in(name, images, options):
    """How many epochs fit into the minutes, from the time of some steps."""
    import kerasgen

    model = new_model(name, options)
    compile_for(model, 10_000, options)
    some = images[: 100 * options.batch_size]
    data = kerasgen.data.from_arrays(
        some, batch_size=options.batch_size, seed=0
    )
    model.fit(data, verbose=0)  # Compiles.
    start, runs = time.monotonic(), 0
    while time.monotonic() - start < 10:
        model.fit(data, verbose=0)
        runs += 1
    seconds = (time.monotonic() - start) / runs * len(images) / len(some)
    return max(int(60 * options.minutes / seconds), 1)


def progress():
    """A callback: how far training is, and what it has reached."""
    import keras

    class Progress(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.start = time.monotonic()

        def on_epoch_end(self, epoch, logs=None):
            epochs = self.params["epochs"]
            passed = time.monotonic() - self.start
            left = passed * (epochs / (epoch + 1) - 1) / 60
            sys.stderr.write(
                f"\r  epoch {epoch + 1} of {epochs}, loss {logs['loss']:.2f}, "
                f"{left:.1f} minutes left   "
            )
            sys.stderr.flush()

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
                    f"{found['negative_log_likelihood']:.2f}",
                    found["published"] or "-",
                    found["num_samples"],
                    found["epochs"],
                    f"{found['minutes']:.0f}",
                    found["seed"],
                ]
            )
    header = ["Model", "Bound on -log p(x), nats", "Published", "Samples"]
    header += ["Epochs", "Minutes", "Seed"]
    write_table(folder / "likelihood.md", header, rows)


if __name__ == "__main__":
    main()
