"""Settings of GANs that draw best in a given time: a search on MNIST.

    pip install -e ".[tuners]"
    python benchmarks/recipes.py --models gan

optuna suggests settings (TPE; the first is the recipe in use), and each is
trained for --minutes on the first 50,000 training images, rates falling along a
cosine. The better third is then trained anew, three times as long, and
the better third of these once more (successive halving; Jamieson and Talwalkar
2016). What counts is the Frechet distance of 5,000 samples to 5,000 of the
other training images, in features of kerasgen's own classifier; test images are
not looked at. A search that was stopped goes on where it was, and one that is
asked for more --trials makes these. `search.md` has all of them.

`gans.py` says what the recipes are worth that came of it.

Machines should do nothing else.
"""

import functools
import json

from common import FrechetJudge
from common import argument_parser
from common import kept
from common import say
from common import timed_training
from common import write_table

DATASET = "mnist"
NUM_HELD_OUT = 10_000
NUM_SAMPLES = 5_000
NUM_RUNGS = 3
# What is left of a rung, and how much longer the next one trains.
FACTOR = 3
# In place of a distance, so that it is the last of all.
OF_DIVERGED = 1e6
CLASSES_OF = {"acgan": 10, "conditional_gan": 10}


def main():
    options = parse_arguments()
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    search(options)


def parse_arguments():
    parser = argument_parser(__doc__, "recipes", seeds=1)
    add = parser.add_argument
    add("--models", nargs="+", default=["gan"], help="names of GANs [gan]")
    add(
        "--minutes",
        type=float,
        default=3,
        help="of training, in the shortest trials [3]",
    )
    add("--trials", type=int, default=24, help="the shortest [24]")
    return parser.parse_args()


# === Settings ===


def suggested(trial):
    """Settings of a trial of optuna, a flat dict."""
    choose = trial.suggest_categorical
    found = {
        "network": choose("network", ["dcgan", "resnet"]),
        "filters": choose("filters", [16, 32]),
        "batch_size": choose("batch_size", [32, 64, 128]),
        "learning_rate": trial.suggest_float(
            "learning_rate", 1e-4, 3e-3, log=True
        ),
        # What keeps the discriminator from growing steep.
        "discriminator": choose("discriminator", ["batch", "spectral", "r1"]),
        "ema_momentum": choose("ema_momentum", [0.0, 0.99, 0.998]),
        "augment": choose("augment", ["none", "diffaugment"]),
        "label_smoothing": choose("label_smoothing", [0.0, 0.1]),
    }
    if found["discriminator"] == "r1":
        found["r1"] = trial.suggest_float("r1", 0.02, 10.0, log=True)
    return found


# What to begin with, besides the recipe in use: a balance by batch
# normalization and one by R1, at higher rates, with averages. The last was the
# best of a search for GAN.
TRIED_ELSEWHERE = [
    {
        "network": "dcgan",
        "filters": 32,
        "batch_size": 64,
        "learning_rate": 5e-4,
        "discriminator": "batch",
        "ema_momentum": 0.998,
        "augment": "none",
        "label_smoothing": 0.1,
    },
    {
        "network": "dcgan",
        "filters": 32,
        "batch_size": 64,
        "learning_rate": 1e-3,
        "discriminator": "r1",
        "ema_momentum": 0.998,
        "augment": "none",
        "label_smoothing": 0.0,
        "r1": 0.5,
    },
    {
        "network": "dcgan",
        "filters": 32,
        "batch_size": 64,
        "learning_rate": 1e-3,
        "discriminator": "batch",
        "ema_momentum": 0.99,
        "augment": "none",
        "label_smoothing": 0.1,
    },
]


def in_use(name):
    """The settings of a recipe, as far as the search has them."""
    from kerasgen.recipes import recipe_for

    recipe = recipe_for(name, DATASET)
    arguments = recipe.arguments
    r1 = {"r1": arguments["r1"]} if arguments.get("r1") else {}
    return {
        "network": arguments["network"],
        "filters": arguments["network_options"]["filters"],
        "batch_size": recipe.batch_size,
        "learning_rate": recipe.learning_rate or 2e-4,
        "discriminator": "r1" if r1 else "batch",
        "ema_momentum": arguments.get("ema_momentum") or 0.0,
        "augment": arguments.get("augment") or "none",
        "label_smoothing": arguments.get("label_smoothing", 0.0),
        **r1,
    }


def arguments_of(settings):
    """Arguments of the model, of the settings of a trial."""
    network_options = {"filters": settings["filters"]}
    if settings["network"] == "dcgan":
        network_options["kernel_size"] = 4
    if settings["discriminator"] == "batch":
        network_options["discriminator_normalization"] = "batch"
    augment = settings["augment"]
    found = {
        "latent_dim": 64,
        "network": settings["network"],
        "network_options": network_options,
        "ema_momentum": settings["ema_momentum"] or None,
        "augment": None if augment == "none" else augment,
        "label_smoothing": settings["label_smoothing"],
    }
    # What is not said is the model's own, as its paper has it.
    if settings["discriminator"] == "spectral":
        found["spectral_normalization"] = True
    if settings["discriminator"] == "r1":
        found["r1"] = settings["r1"]
    return found


def trained(name, settings, columns, minutes, seed):
    """A model of some settings, trained for minutes."""
    import keras

    from kerasgen.models import MODELS

    keras.utils.set_random_seed(seed)
    images, labels = columns
    classes = CLASSES_OF.get(name)
    model = MODELS[name](
        images.shape[1:],
        seed=seed,
        **({"num_classes": classes} if classes else {}),
        **arguments_of(settings),
    )
    model.compile(
        *(
            keras.optimizers.Adam(settings["learning_rate"], beta_1=0.5)
            for _ in range(2)
        )
    )
    model.fit(
        *((images, labels) if classes else (images,)),
        batch_size=settings["batch_size"],
        epochs=10_000,
        callbacks=[timed_training(60 * minutes)],
        verbose=0,
    )
    return model


# === Search ===


def search(options):
    import kerasgen

    images, labels = kerasgen.data.load_arrays(DATASET)
    judge = FrechetJudge(
        DATASET, images[-NUM_SAMPLES:], images[-NUM_HELD_OUT:-NUM_SAMPLES]
    )
    columns = images[:-NUM_HELD_OUT], labels[:-NUM_HELD_OUT]
    for name in options.models:
        folder = options.out / name
        folder.mkdir(parents=True, exist_ok=True)
        measure = functools.partial(
            of_settings, name, columns, judge, options, folder
        )
        rungs = [first_rung(name, measure, options, folder)]
        write_search(folder, rungs, judge.floor)
        for rung in range(1, NUM_RUNGS):
            better = rungs[-1][: len(rungs[-1]) // FACTOR]
            minutes = options.minutes * FACTOR**rung
            rungs.append(
                ordered(measure(each["settings"], minutes) for each in better)
            )
            # One that is stopped in the next rung has a table, too.
            write_search(folder, rungs, judge.floor)


def of_settings(name, columns, judge, options, folder, settings, minutes):
    """What some settings reach in minutes; kept in a file of their own."""
    from kerasgen.tasks.digests import digest

    seed = options.seeds[0]

    def measure():
        from kerasgen.engine import divergence

        try:
            model = trained(name, settings, columns, minutes, seed)
        except divergence.DivergenceError as error:
            say(f"{name}: {error}")
            return {"distance": OF_DIVERGED}
        samples = model.generate(NUM_SAMPLES, seed=0)
        return {"distance": judge.distance(samples)}

    name_of_settings = digest(key_of(settings).encode())
    path = folder / f"{minutes:g}_minutes_{name_of_settings}_{seed}.json"
    return kept(path, settings, options.overwrite, measure)


def key_of(settings):
    return json.dumps(settings, sort_keys=True)


def first_rung(name, measure, options, folder):
    """The shortest trials, the best first."""
    import optuna

    study = optuna.create_study(
        study_name=name,
        storage=f"sqlite:///{folder / 'study.db'}",
        sampler=optuna.samplers.TPESampler(seed=options.seeds[0]),
        load_if_exists=True,
    )
    if not study.trials:
        for settings in (in_use(name), *TRIED_ELSEWHERE):
            study.enqueue_trial(settings)
    results = [measure(each.params, options.minutes) for each in done(study)]

    def objective(trial):
        results.append(measure(suggested(trial), options.minutes))
        return results[-1]["distance"]

    study.optimize(objective, n_trials=max(0, options.trials - len(results)))
    return ordered(results)


def done(study):
    from optuna.trial import TrialState

    return study.get_trials(states=[TrialState.COMPLETE])


def ordered(results):
    return sorted(results, key=lambda result: result["distance"])


def write_search(folder, rungs, floor):
    """The table of all trials, and the best settings of the longest."""
    from kerasgen.utils import files

    names = list({name: 0 for r in rungs[0] for name in r["settings"]})
    by_settings = [
        {key_of(result["settings"]): result["distance"] for result in rung}
        for rung in rungs
    ]
    rows = []
    for result in rungs[0]:
        key = key_of(result["settings"])
        distances = [
            f"{rung[key]:.1f}" if key in rung else "" for rung in by_settings
        ]
        values = [result["settings"].get(name, "") for name in names]
        cells = [
            f"{value:.3g}" if isinstance(value, float) else value
            for value in values
        ]
        rows.append([*cells, *distances])
    header = [
        *(name.replace("_", " ") for name in names),
        "first",
        *(f"{FACTOR**rung} times as long" for rung in range(1, len(rungs))),
    ]
    write_table(folder / "search.md", header, rows, f"Floor: {floor:.2f}.")
    best = next(rung for rung in reversed(rungs) if rung)[0]["settings"]
    files.write_json(folder / "best.json", best)


if __name__ == "__main__":
    main()
