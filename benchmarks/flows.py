"""Quality of flows on MNIST against evaluations of their network.

    python benchmarks/flows.py                  # 3 seeds, about 4 hours

Flow matching is trained on the 60,000 training images, with classes and
without, by the recipe (`--epochs` for other lengths), then 10,000 samples are
drawn by each sampler with each number of evaluations a sample. The table has
the Frechet distance to the 10,000 test images, in features of kerasgen's own
classifier; `floor` is that of 10,000 training images. With classes, samples are
also drawn with guidance, which evaluates the network twice a step, and the
classifier says how many read as the class that was asked for.
"""

import sys

import numpy as np
from common import argument_parser
from common import kept
from common import kept_model
from common import mnist
from common import settings_of
from common import spread
from common import training_minutes
from common import write_table

KINDS = "with classes", "without"
BATCH_SIZE = 128


def main():
    options = parse_arguments()
    images, labels, test, _ = mnist()
    results = {}
    for kind in options.kinds:
        for seed in options.seeds:
            name = f"{kind.replace(' ', '_')}_{seed}"
            results[kind, seed] = kept(
                options.out / f"{name}.json",
                settings_of(options, "kinds"),
                options.overwrite,
                lambda: measure(
                    trained(kind, images, labels, seed, name, options),
                    images,
                    test,
                    options,
                ),
            )
    for kind in options.kinds:
        found = [results[kind, seed] for seed in options.seeds]
        write_kind(kind, found, options)


def parse_arguments():
    parser = argument_parser(__doc__, "flows")
    add = parser.add_argument
    add("--epochs", type=int, default=16, help="[16]")
    add("--kinds", nargs="+", choices=KINDS, default=KINDS, help="[both]")
    add("--num-samples", type=int, default=10_000, help="[10000]")
    add("--guidance", type=float, default=1.5, help="[1.5]")
    add(
        "--evaluations",
        nargs="+",
        type=int,
        default=[1, 2, 4, 8, 16, 32, 64],
        help="of the network a sample [1 2 4 8 16 32 64]",
    )
    return parser.parse_args()


def trained(kind, images, labels, seed, name, options):
    """The flow of a kind and a seed, and its minutes of training."""
    import keras

    import kerasgen
    from kerasgen.recipes import recipe_for

    def build():
        keras.utils.set_random_seed(seed)
        arguments = recipe_for("flow_matching", "mnist").arguments
        if kind == KINDS[0]:
            arguments = {**arguments, "num_classes": 10}
        model = kerasgen.FlowMatching(images.shape[1:], seed=seed, **arguments)
        model.compile()
        columns = (images, labels) if kind == KINDS[0] else (images,)
        model.fit(
            *columns, batch_size=BATCH_SIZE, epochs=options.epochs, verbose=2
        )
        return model

    path = options.out / f"{name}_{options.epochs}.keras"
    return kept_model(path, options.overwrite, build), training_minutes(path)


def measure(model_and_minutes, images, test, options):
    """Distances by sampler, evaluations and guidance; and the floor."""
    from kerasgen import metrics
    from kerasgen import samplers

    model, minutes = model_and_minutes
    network = metrics.feature_network("mnist", verbose=0)
    classifier = metrics.classifier_network("mnist", verbose=0)

    def features(x):
        return network.predict(x, batch_size=500, verbose=0)

    real = features(test)
    number = min(options.num_samples, len(images))
    floor = metrics.frechet_distance(real, features(images[:number]))
    found = {"floor": float(floor), "minutes_of_training": minutes, "rows": []}
    guidances = [1.0]
    if model.num_classes is not None:
        guidances.append(options.guidance)
    for guidance in guidances:
        for sampler in samplers.SAMPLERS:
            for evaluations in options.evaluations:
                steps = steps_of(sampler, evaluations, guidance)
                if steps is None:
                    continue
                drawn = model.generate(
                    options.num_samples,
                    seed=0,
                    sampler=sampler,
                    num_steps=steps,
                    guidance=guidance,
                )
                row = {
                    "guidance": guidance,
                    "sampler": sampler,
                    "evaluations": evaluations,
                    "distance": float(
                        metrics.frechet_distance(real, features(drawn))
                    ),
                }
                if model.num_classes is not None:
                    read = classifier.predict(drawn, batch_size=500, verbose=0)
                    asked = np.arange(len(drawn)) % 10
                    agreed = read.argmax(axis=1) == asked
                    row["read_as_asked"] = float(agreed.mean())
                sys.stdout.write(f"{row}\n")
                sys.stdout.flush()
                found["rows"].append(row)
    return found


def steps_of(sampler, evaluations, guidance):
    """The steps that take at most so many evaluations, or `None`."""
    from kerasgen import samplers

    budget = evaluations if guidance == 1.0 else evaluations // 2
    steps = (budget + 1) // 2 if sampler == "heun" else budget
    if steps < 1 or samplers.num_evaluations(sampler, steps) > budget:
        return None
    return steps


def write_kind(kind, found, options):
    """The table of a kind, and its picture."""
    rows = {}
    for result in found:
        for row in result["rows"]:
            key = row["guidance"], row["sampler"]
            cells = rows.setdefault(key, {})
            cells.setdefault(row["evaluations"], []).append(row["distance"])
    name = kind.replace(" ", "_")
    write_table(
        options.out / f"flows_{name}.md",
        ["Guidance", "Sampler", *map(str, options.evaluations)],
        [
            [
                guidance,
                sampler,
                *(
                    spread(cells[n], "{:.1f}") if n in cells else ""
                    for n in options.evaluations
                ),
            ]
            for (guidance, sampler), cells in rows.items()
        ],
    )
    draw(kind, rows, np.mean([result["floor"] for result in found]), options)


def draw(kind, rows, floor, options):
    """Distances against evaluations, a line a sampler."""
    from kerasgen import plotting

    ax = plotting.new_axes((7, 4.5))
    for (guidance, sampler), cells in rows.items():
        label = sampler if guidance == 1.0 else f"{sampler}, guided"
        ax.plot(
            list(cells),
            [np.mean(values) for values in cells.values()],
            "o-" if guidance == 1.0 else "o--",
            label=label,
        )
    ax.axhline(floor, color="grey", label="real digits")
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="Evaluations of the network a sample",
        ylabel="Frechet distance",
        title=f"MNIST, {kind}",
    )
    ax.legend(fontsize=8)
    plotting.save(ax, options.out / f"flows_{kind.replace(' ', '_')}.png")


if __name__ == "__main__":
    main()
