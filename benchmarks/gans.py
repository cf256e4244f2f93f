"""What GANs draw: by their recipes, and of few images.

    python benchmarks/gans.py recipes --seeds 0
    python benchmarks/gans.py few --images 6000 --epochs 150

recipes: each GAN is trained on MNIST by its recipe, as `kerasgen train` does,
and 10,000 samples are measured as `kerasgen evaluate` does: Frechet distance,
precision and recall in features of kerasgen's own classifier and, of models
that are asked for a class, how many samples are read as it; with the same of
real images beside them. Categories that InfoGAN found count as the classes that
fit them best, each as another.

few: a GAN without classes by its recipe, on the first of MNIST's training
images only, for as many epochs without augmentation as with each of the others,
and its distance to the test images.

Distances do not depend on what else a machine does; minutes of training do.
"""

import dataclasses
import functools
import subprocess
import sys

import numpy as np
from common import FrechetJudge
from common import argument_parser
from common import arrays_of
from common import kept
from common import spread
from common import trained_by_recipe
from common import write_table

DATASET = "mnist"
NUM_SAMPLES = 10_000
# By family: what differs is the loss, then what is asked for.
MODELS = (
    *("gan", "dcgan", "lsgan", "sngan", "r3gan", "wgan", "wgan_gp", "pacgan"),
    *("bigan", "infogan", "acgan", "conditional_gan"),
)
MEASURES = "frechet_distance", "precision", "recall", "label_agreement"
# Of MODELS: those that are told of labels, and the one that finds classes.
LABELLED, OF_CATEGORIES = ("acgan", "conditional_gan"), "infogan"
NO_AUGMENTATION = "none"


def main():
    options = parse_arguments()
    {"recipes": by_recipes, "few": of_few}[options.part](options)


def parse_arguments():
    parser = argument_parser(__doc__, "gans")
    add = parser.add_argument
    add("part", choices=("recipes", "few"))
    add(
        "--models",
        nargs="+",
        choices=MODELS,
        metavar="NAME",
        help="[all; of few dcgan]",
    )
    add("--images", type=int, default=6000, help="of few [6000]")
    add("--epochs", type=int, default=150, help="of few [150]")
    add(
        "--augment",
        nargs="+",
        choices=(NO_AUGMENTATION, "diffaugment", "adaptive"),
        default=(NO_AUGMENTATION, "diffaugment", "adaptive"),
        metavar="WAY",
        help="of few [none diffaugment adaptive]",
    )
    return parser.parse_args()


# === By recipes ===


def by_recipes(options):
    found = {
        name: [of_recipe(name, seed, options) for seed in options.seeds]
        for name in options.models or MODELS
    }
    rows = [
        [name, *cells(results), results[0]["epochs"]]
        for name, results in found.items()
    ]
    floors = [
        {measure: result["floors"].get(measure) for measure in MEASURES}
        for results in found.values()
        for result in results
    ]
    rows.append(["real images", *cells(floors), ""])
    measures = [name.replace("_", " ").capitalize() for name in MEASURES]
    write_table(
        options.out / "recipes.md", ["Model", *measures, "Epochs"], rows
    )


def cells(results):
    """Mean and deviation of each measure, of those that have it."""
    columns = [
        [result[measure] for result in results if result.get(measure)]
        for measure in MEASURES
    ]
    return [spread(column) if column else "" for column in columns]


def of_recipe(name, seed, options):
    """The measures of one run; kept with the recipe it was made by."""
    from kerasgen.recipes import recipe_for

    recipe = dataclasses.asdict(recipe_for(name, DATASET))
    del recipe["result"]
    return kept(
        options.out / f"{name}_{seed}.json",
        recipe,
        options.overwrite,
        functools.partial(measures_of_run, name, seed, options),
    )


def measures_of_run(name, seed, options):
    from kerasgen.utils import files

    run = options.out / f"run_{name}_{seed}"
    kerasgen(
        *("train", name, "--dataset", DATASET, "--seed", seed),
        *("--run-dir", run, "--overwrite" if options.overwrite else "--resume"),
    )
    if not (run / "report.json").exists():
        measures = MEASURES if name in LABELLED else MEASURES[:3]
        kerasgen(
            *("evaluate", run, "--seeds", 1, "--num-samples", NUM_SAMPLES),
            *("--metrics", ",".join(measures)),
        )
    found = files.read_json(run / "report.json")["measures"]
    result = {measure: each["mean"] for measure, each in found.items()}
    if name == OF_CATEGORIES:
        result["label_agreement"] = agreement(run / "model.keras")
    return {
        **result,
        "floors": {measure: each["floor"] for measure, each in found.items()},
        "epochs": files.read_json(run / "config.json")["finished_epochs"],
    }


def kerasgen(*words):
    command = [sys.executable, "-m", "kerasgen", *map(str, words)]
    subprocess.run(command, check=True)


def agreement(path):
    """The share of samples of a category that are read as its class."""
    import keras

    from kerasgen import metrics

    model = keras.saving.load_model(path)
    asked = np.arange(NUM_SAMPLES) % model.num_classes
    samples = model.generate(NUM_SAMPLES, seed=0, labels=asked)
    read = metrics.classifier_network(DATASET).predict(samples, verbose=0)
    return float(metrics.clustering_accuracy(asked, read.argmax(axis=-1)))


# === Of few images ===


def of_few(options):
    images, _, test, _ = arrays_of(DATASET)
    judge = FrechetJudge(DATASET, test, images[-NUM_SAMPLES:])
    rows = []
    for name in options.models or ["dcgan"]:
        for augment in options.augment:
            found = [
                kept(
                    options.out / f"few_{name}_{augment}_{seed}.json",
                    {"images": options.images, "epochs": options.epochs},
                    options.overwrite,
                    functools.partial(
                        distances, name, augment, images, judge, seed, options
                    ),
                )
                for seed in options.seeds
            ]
            values = [each["distance"] for each in found]
            rows.append([f"{name}, {augment}", spread(values, "{:.1f}")])
    rows.append(["real images", f"{judge.floor:.2f}"])
    header = [f"Of {options.images:,} images", "Frechet distance"]
    write_table(options.out / "few.md", header, rows)


def distances(name, augment, images, judge, seed, options):
    """How far the samples are of a GAN that has seen few images."""
    from kerasgen import plotting

    model = trained_by_recipe(
        name,
        DATASET,
        (images[: options.images],),
        seed,
        options.epochs,
        augment=None if augment == NO_AUGMENTATION else augment,
    )
    plotting.save(
        plotting.show_images(model.generate(64, seed=0)),
        options.out / f"few_{name}_{augment}_{seed}.png",
    )
    return {"distance": judge.distance(model.generate(NUM_SAMPLES, seed=0))}


if __name__ == "__main__":
    main()
