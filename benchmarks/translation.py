"""Translation between domains that have no pairs, where the truth is known.

    python benchmarks/translation.py digits --usps usps.npz --minutes 30
    python benchmarks/translation.py shapes --minutes 5

digits: CycleGAN between MNIST and USPS (16 x 16 pixels; the standard split of
USPS, --usps, an .npz file of x_train, y_train, x_test, y_test), either way.
Labels are those of the source alone: a classifier that learned from them keeps
the classes of translations (--semantic), and a new one learns from
translations. Its accuracy on the test images of the target, beside the same
network that learned from the source as it is, and from labels of the target
(for the first seed): of a plain network, and of one that sees images moved,
scaled and turned, as does the one that keeps classes. Pictures of translations
are kept.

shapes: of drawn forms, whose partners are known: from their outlines to filled
ones, and to the palette of dusk. Mean absolute error of CycleGAN, trained on
other images of the target than of the source, and of Pix2Pix, trained on as
many pairs; and how many forms are the same in the translation, by the data
set's own inverse. Generators are U-Nets that add to the source, discriminators
have spectral normalization, and cycles weigh 1: with what the papers have for
photographs, translations of 32 x 32 pixels lose their forms, discriminators
hardly see the colour of an even ground, and generators stay at the source.

Rates fall along a cosine that ends with the minutes. Machines should do nothing
else.
"""

import functools
import pathlib

import numpy as np
from common import argument_parser
from common import kept_model
from common import measured as measured_of_seeds
from common import say
from common import spread
from common import timed_training
from common import write_table

WAYS = {"mnist_to_usps": ("mnist", "usps"), "usps_to_mnist": ("usps", "mnist")}
# Published, of the same two sets: CoGAN, UNIT, CyCADA.
PUBLISHED = {
    "mnist_to_usps": "91.2, 96.0, 95.6",
    "usps_to_mnist": "89.1, 93.6, 96.5",
}
CLASSIFIERS = {"plain": False, "augmented": True}
SIDE = 16
TASKS = ("palette", "outline")
NUM_SHAPES = 20_000
NETWORKS_OF_SHAPES = {
    "network": "unet",
    "network_options": {
        "filters": 8,
        "num_halvings": 3,
        "dropout": 0.0,
        "residual": True,
        "spectral_normalization": True,
    },
    "ema_momentum": 0.999,
}
# At 4e-3 Pix2Pix leaves outlines as they are.
RATES_OF_SHAPES = {"CycleGAN": 2e-3, "Pix2Pix": 1e-3}
BATCH_OF_SHAPES = 16
# An eye's dusk: darker, and reds more than blues.
DUSK_SCALE = np.array([0.6, 0.5, 0.7], "float32")
DUSK_SHIFT = np.array([0.02, 0.05, 0.2], "float32")
# Without what results do not depend on.
measured = functools.partial(
    measured_of_seeds, left_out=("part", "usps", "ways")
)


def main():
    options = parse_arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    PARTS[options.part](options)


def parse_arguments():
    parser = argument_parser(__doc__, "translation")
    add = parser.add_argument
    add("part", choices=PARTS)
    add("--minutes", type=float, default=30, help="of training [30]")
    add("--usps", type=pathlib.Path, help="of digits: file of USPS")
    add("--ways", nargs="+", default=list(WAYS), choices=WAYS, help="[both]")
    digits_group = parser.add_argument_group("networks and training of digits")
    add = digits_group.add_argument
    add("--filters", type=int, default=16, help="next to the image [16]")
    add("--blocks", type=int, default=3, help="residual ones [3]")
    add("--batch", type=int, default=32, help="pairs a step [32]")
    add("--rate", type=float, default=5e-4, help="at first [0.0005]")
    add("--semantic", type=float, default=1.0, help="weight [1]")
    add("--identity", type=float, default=0.0, help="weight [0]")
    options = parser.parse_args()
    if options.part == "digits" and options.usps is None:
        parser.error("digits needs --usps FILE")
    return options


def train_for(model, pairs, rate, minutes):
    """Trains a model for minutes, its rates falling along a cosine."""
    import keras

    model.compile(
        keras.optimizers.Adam(rate, beta_1=0.5),
        keras.optimizers.Adam(rate, beta_1=0.5),
    )
    model.fit(
        pairs,
        epochs=10_000,
        callbacks=[timed_training(60 * minutes)],
        verbose=2,
    )
    return model


# === Digits ===


def digits(options):
    sets = {"mnist": mnist_of_side(), "usps": usps_of(options.usps)}
    rows = []
    for way in options.ways:
        source, target = (sets[name] for name in WAYS[way])
        results = measured(
            way,
            options,
            functools.partial(of_digits, way, source, target, options),
        )
        rows += [
            [
                f"{way.replace('_', ' ')}, {name}",
                *(
                    spread(
                        [
                            100 * r[name][kind]
                            for r in results
                            if kind in r[name]
                        ],
                        "{:.1f}%",
                    )
                    for kind in ("source", "translations", "target")
                ),
                PUBLISHED[way],
            ]
            for name in CLASSIFIERS
        ]
    write_table(
        options.out / "digits.md",
        [
            f"Trained for {options.minutes:g} minutes",
            "Learned from the source",
            "From its translations",
            "From the target",
            "Published: CoGAN, UNIT, CyCADA",
        ],
        rows,
    )


def mnist_of_side():
    """(images, labels) to train and to test on."""
    import kerasgen

    return [
        kerasgen.data.load_arrays("mnist", split, image_size=SIDE)
        for split in ("train", "test")
    ]


def usps_of(path):
    with np.load(path) as arrays:
        return [
            (
                arrays[f"x_{split}"][..., None].astype("float32") / 255.0,
                arrays[f"y_{split}"].astype("int64"),
            )
            for split in ("train", "test")
        ]


def of_digits(way, source, target, options, seed):
    import keras

    import kerasgen
    from kerasgen import tasks

    keras.utils.set_random_seed(seed)
    of_source = trained_classifier(*source[0], is_augmented=True)

    def build():
        model = new_cyclegan(
            seed, options, of_source if options.semantic else None
        )
        pairs = kerasgen.data.load_pairs(
            source[0][0], target[0][0], batch_size=options.batch, seed=seed
        )
        return train_for(model, pairs, options.rate, options.minutes)

    path = options.out / f"{way}_cyclegan_{seed}.keras"
    model = kept_model(path, options.overwrite, build)
    picture(
        path.with_suffix(".png"), model, source[1][0][:32], target[1][0][:32]
    )
    found = {}
    for name, is_augmented in CLASSIFIERS.items():
        keras.utils.set_random_seed(seed)
        adapted = tasks.adapt(
            model,
            *source[0],
            new_classifier(is_augmented),
            epochs=epochs_of(source[0][0]),
        )
        found[name] = {"translations": float(adapted.score(*target[1]))}
        # For comparison, once: they do not depend on translations.
        if seed == options.seeds[0]:
            found[name] |= {
                kind: accuracy(
                    trained_classifier(*images, is_augmented), *target[1]
                )
                for kind, images in (
                    ("source", source[0]),
                    ("target", target[0]),
                )
            }
        say(f"{way}, {name}: {found[name]}")
    return found


def new_cyclegan(seed, options, classifier=None):
    import kerasgen

    shape = SIDE, SIDE, 1
    of_classes = {}
    if classifier is not None:
        of_classes["source_classifier"] = classifier
        of_classes["semantic_weight"] = options.semantic
    return kerasgen.CycleGAN(
        shape,
        shape,
        network_options={
            "filters": options.filters,
            "num_blocks": options.blocks,
        },
        identity_weight=options.identity,
        **of_classes,
        ema_momentum=0.999,
        seed=seed,
    )


def new_classifier(is_augmented):
    """A network of two convolutions."""
    import keras
    from keras import layers

    changes = [
        layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
        layers.RandomZoom((-0.3, 0.3), fill_mode="constant"),
        layers.RandomRotation(0.04, fill_mode="constant"),
    ]
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            *(changes if is_augmented else []),
            layers.Conv2D(32, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model


def trained_classifier(images, labels, is_augmented):
    model = new_classifier(is_augmented)
    model.fit(
        images, labels, batch_size=128, epochs=epochs_of(images), verbose=0
    )
    return model


def epochs_of(images):
    """As many as make some 4,000 steps of 128 images."""
    return round(4000 * 128 / len(images))


def accuracy(classifier, images, labels):
    found = classifier.predict(images, batch_size=256, verbose=0)
    return float(np.mean(found.argmax(axis=1) == labels))


# === Shapes ===


def shapes(options):
    rows = []
    for task in TASKS:
        results = measured(
            task,
            options,
            functools.partial(of_shapes, task, options),
        )
        rows += [
            [
                f"{task}, {name}",
                spread([r[name]["error"] for r in results], "{:.4f}"),
                spread([100 * r[name]["forms"] for r in results], "{:.1f}%"),
            ]
            for name in ("as it is", "CycleGAN", "Pix2Pix")
        ]
    title = f"Trained for {options.minutes:g} minutes"
    header = [title, "Mean absolute error", "Form kept"]
    write_table(options.out / "shapes.md", header, rows)


def of_shapes(task, options, seed):
    import keras

    import kerasgen

    keras.utils.set_random_seed(seed)
    source, target = partners(task, NUM_SHAPES, seed)
    test, truth = partners(task, 2_000, seed + 1_000)
    shapes = source.shape[1:], target.shape[1:]
    models = {
        "CycleGAN": kerasgen.CycleGAN(
            *shapes, cycle_weight=1.0, seed=seed, **NETWORKS_OF_SHAPES
        ),
        "Pix2Pix": kerasgen.Pix2Pix(*shapes, seed=seed, **NETWORKS_OF_SHAPES),
    }
    half = NUM_SHAPES // 2
    found = {"as it is": judged(task, test, truth)}
    for name, model in models.items():
        pairs = kerasgen.data.load_pairs(
            source[:half],
            # Unpaired, each domain has images of its own.
            target[:half] if model.is_paired else target[half:],
            paired=model.is_paired,
            batch_size=BATCH_OF_SHAPES,
            seed=seed,
        )
        train_for(model, pairs, RATES_OF_SHAPES[name], options.minutes)
        path = options.out / f"{task}_{name}_{seed}.png"
        picture(path, model, test[:32], truth[:32])
        found[name] = judged(task, model.translate(test), truth)
    return found


def partners(task, number, seed):
    """Images of the source, and what each should become."""
    from kerasgen.data import draw_shapes
    from kerasgen.data.shapes import GROUNDS
    from kerasgen.data.shapes import palette
    from kerasgen.data.shapes import render

    drawn, factors = draw_shapes(number, seed)
    filled = drawn.astype("float32") / 255.0
    if task == "palette":
        return filled, filled * DUSK_SCALE + DUSK_SHIFT
    inner = render({**factors, "scale": 0.65 * factors["scale"]}, (32, 32))
    ground = palette(GROUNDS)[factors["ground"], None, None]
    outlined = filled - inner.astype("float32") / 255.0 + ground
    return np.clip(outlined, 0.0, 1.0), filled


def judged(task, images, truth):
    """Mean absolute error, and the share of forms that are the true ones."""
    from kerasgen.data import measure_shapes

    if task == "palette":
        day = [(each - DUSK_SHIFT) / DUSK_SCALE for each in (images, truth)]
    else:
        day = images, truth
    forms = [measure_shapes(np.clip(each, 0, 1))["form"] for each in day]
    return {
        "error": float(np.abs(images - truth).mean()),
        "forms": float(np.mean(forms[0] == forms[1])),
    }


def picture(path, model, source, target):
    from kerasgen.callbacks.translation_grid import save_translations

    save_translations(path, model, source, target)


PARTS = {"digits": digits, "shapes": shapes}


if __name__ == "__main__":
    main()
