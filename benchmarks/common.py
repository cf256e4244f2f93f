"""What benchmarks share: data, training, results that are kept, tables."""

import argparse
import functools
import math
import pathlib
import sys
import time

import numpy as np

_TRAINED_NOW = set()


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def said(name, value, is_reached, target):
    """A line on a target."""
    verdict = "reached" if is_reached else "missed"
    return f"{name}: {value:.2f}; target {target:.2f} {verdict}."


def argument_parser(description, out, seeds=3):
    """A parser with the options that every benchmark of several seeds has."""
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--seeds",
        nargs="+",
        type=int,
        default=list(range(seeds)),
        help=f"[{' '.join(map(str, range(seeds)))}]",
    )
    add(
        "--out",
        type=pathlib.Path,
        default=pathlib.Path("runs") / out,
        help=f"folder of the results [runs/{out}]",
    )
    add("--overwrite", action="store_true", help="repeat what is there")
    return parser


def settings_of(options, *left_out):
    """What a result depends on, as JSON keeps it."""
    left_out = {"seeds", "out", "overwrite", *left_out}
    return {
        name: str(value) if isinstance(value, pathlib.Path) else value
        for name, value in vars(options).items()
        if name not in left_out
    }


def check_same_settings(path, found, wanted):
    """Ends the program unless a result is of the settings asked for."""
    other = {k: v for k, v in found.items() if wanted.get(k) != v}
    if other or set(found) != set(wanted):
        sys.exit(
            f"{path} is of other settings, {other or found}. Pass --overwrite "
            "to repeat it, or another --out."
        )


def kept(path, settings, overwrite, measure):
    """The result in a JSON file, which is measured where there is none.

    Args:
        path: `pathlib.Path` of the file.
        settings: dict that the result depends on.
        overwrite: bool. Whether to measure in any case.
        measure: function without arguments that returns a dict.
    """
    from kerasgen.utils import files

    if path.exists() and not overwrite:
        found = files.read_json(path)
        check_same_settings(path, found["settings"], settings)
        say(f"{path.stem}: {path} is there already; --overwrite repeats it.")
        return found
    start = time.monotonic()
    found = {"settings": settings, **measure()}
    found["minutes"] = round((time.monotonic() - start) / 60, 1)
    say(f"{path.stem}: " + str({k: found[k] for k in found if k != "settings"}))
    files.write_json(path, found)
    return found


def measured(name, options, measure, left_out, seeds=None):
    """The results of seeds, a list; each is kept in a file.

    Args:
        name: str. What the files are called.
        options: of the command line.
        measure: function of a seed that returns a dict.
        left_out: names of options that results do not depend on.
        seeds: list of int. Defaults to all.
    """
    return [
        kept(
            options.out / f"{name}_{seed}.json",
            settings_of(options, *left_out),
            options.overwrite,
            functools.partial(measure, seed),
        )
        for seed in seeds or options.seeds
    ]


def arrays_of(dataset):
    """Training images and labels, test images and labels."""
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    import kerasgen

    return (
        *kerasgen.data.load_arrays(dataset),
        *kerasgen.data.load_arrays(dataset, "test"),
    )


def mnist():
    """Training images and labels, test images and labels."""
    return arrays_of("mnist")


class FrechetJudge:
    """Frechet distances of images to real ones, in kerasgen's own features.

    Args:
        dataset: str. Whose feature network judges.
        real: array of images.
        others: array of other real images, whose distance is `floor`.
    """

    def __init__(self, dataset, real, others):
        from kerasgen import metrics

        self.network = metrics.feature_network(dataset)
        self.real = self.features(real)
        self.floor = self.distance(others)

    def features(self, images):
        return self.network.predict(images, batch_size=500, verbose=0)

    def distance(self, images):
        from kerasgen import metrics

        return float(metrics.frechet_distance(self.real, self.features(images)))


def train(
    model, images, labels=None, *, epochs, batch_size, learning_rate, verbose=2
):
    """Trains a model with Adam, whose rate falls to 0 along a cosine."""
    import keras

    steps = epochs * -(-len(images) // batch_size)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model.compile(
        keras.optimizers.Adam(rate), jit_compile=True, steps_per_execution=20
    )
    rows = (images,) if labels is None else (images, labels)
    model.fit(*rows, batch_size=batch_size, epochs=epochs, verbose=verbose)
    return model


def trained_by_recipe(
    name, dataset, columns, seed, epochs=None, minutes=None, **changes
):
    """A model that is trained as `kerasgen train` does, or for some minutes.

    Args:
        name: str. Of the model on the command line.
        dataset: str. Whose recipe it is.
        columns: tuple of arrays: images, and labels of models that take them.
        seed: int.
        epochs: int or `None` for the recipe's.
        minutes: float or `None`. How long to train, in place of epochs; a
            cosine ends then.
        **changes: Arguments of the model other than the recipe's.
    """
    import keras

    from kerasgen.callbacks.cosine_schedule import cosine_schedule
    from kerasgen.models import MODELS
    from kerasgen.recipes import recipe_for

    keras.utils.set_random_seed(seed)
    recipe = recipe_for(name, dataset)
    is_cosine = recipe.learning_rate_schedule == "cosine"
    epochs = epochs or recipe.epochs
    arguments = {**recipe.arguments, **changes}
    model = MODELS[name](columns[0].shape[1:], seed=seed, **arguments)
    model.compile()
    callbacks = []
    if recipe.learning_rate is not None:
        for optimizer in model.optimizers:
            optimizer.learning_rate = recipe.learning_rate
    if minutes is not None:
        epochs = 10_000
        callbacks = [timed_training(60 * minutes, is_cosine)]
    elif is_cosine:
        callbacks = [cosine_schedule(recipe.learning_rate, epochs)]
    model.fit(
        *columns,
        batch_size=recipe.batch_size,
        epochs=epochs,
        callbacks=callbacks,
        verbose=2,
    )
    return model


def timed_training(seconds, is_cosine=True):
    """A callback that ends training in time.

    Args:
        seconds: float.
        is_cosine: bool. Whether the rate falls to 0 till then, along a cosine.
    """
    import keras

    class TimedTraining(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.start = time.monotonic()
            self.rate = float(self.model.optimizer.learning_rate)

        def on_train_batch_begin(self, batch, logs=None):
            if not is_cosine:
                return
            share = min(1.0, (time.monotonic() - self.start) / seconds)
            cosine = 0.5 * (1.0 + math.cos(math.pi * share))
            self.model.optimizer.learning_rate = self.rate * cosine

        def on_train_batch_end(self, batch, logs=None):
            if time.monotonic() - self.start > seconds:
                self.model.stop_training = True

    return TimedTraining()


def kept_model(path, overwrite, build):
    """The model in a file; where there is none, one is built and trained.

    Args:
        path: `pathlib.Path` of the file, which names the settings. Minutes of
            training are kept beside it.
        overwrite: bool. Whether to train it in any case, once in a run.
        build: function without arguments that returns the trained model.
    """
    import keras

    from kerasgen.utils import files

    if path.exists() and (not overwrite or path in _TRAINED_NOW):
        return keras.saving.load_model(path)
    say(f"training {path}")
    start = time.monotonic()
    model = build()
    minutes = (time.monotonic() - start) / 60
    files.write_json(path.with_suffix(".json"), {"minutes": minutes})
    with files.atomic_path(path) as scratch:
        model.save(scratch)
    _TRAINED_NOW.add(path)
    return model


def training_minutes(path):
    """How long the model in a file of `kept_model` was trained."""
    from kerasgen.utils import files

    return files.read_json(path.with_suffix(".json"))["minutes"]


def mnist_vae(images, seed, folder=pathlib.Path("runs/mnist_vae")):
    """A VAE of MNIST that several benchmarks use; trained if it is not there.

    50 latents and two layers of 600 softplus units on either side, as M1 of
    Kingma et al. (2014) has; 60 epochs of 60,000 images without labels.
    """
    import keras

    import kerasgen

    def build():
        keras.utils.set_random_seed(seed)
        model = kerasgen.VAE(
            images.shape[1:],
            50,
            network_options={
                "hidden_units": (600, 600),
                "activation": "softplus",
            },
            binarization="dynamic",
            seed=seed,
        )
        return train(
            model, images, epochs=60, batch_size=200, learning_rate=2e-3
        )

    return kept_model(folder / f"{seed}.keras", False, build)


def balanced(labels, number, seed):
    """Indices of `number` rows, as many of each class, drawn by a seed."""
    generator = np.random.default_rng(seed)
    classes = np.unique(labels)
    return np.concatenate(
        [
            generator.choice(
                np.flatnonzero(labels == each), number // len(classes), False
            )
            for each in classes
        ]
    )


def markdown_table(header, rows):
    """A table in Markdown; rows are lists of cells."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in lines)


def write_table(path, header, rows, notes=""):
    """Writes a table, in Markdown and as JSON for `report.py`, and says it."""
    from kerasgen.utils import files

    table = markdown_table(header, rows)
    if notes:
        table += f"\n\n{notes}"
    with files.atomic_path(path) as scratch:
        scratch.write_text(table + "\n")
    files.write_json(
        path.with_suffix(".json"), {"header": header, "rows": rows}
    )
    say(f"\n{table}\n\n{path}")


def spread(values, pattern="{:.3f}"):
    """Mean and deviation over seeds, if several, as a cell of a table."""
    values = np.asarray(values, float)
    if values.size == 1:
        return pattern.format(values.item())
    mean, deviation = (
        pattern.format(values.mean()),
        pattern.format(values.std()),
    )
    return f"{mean} +- {deviation}"
