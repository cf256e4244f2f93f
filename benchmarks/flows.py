"""Quality of flows: evaluations of their network, and their rivals.

    python benchmarks/flows.py steps                 # 3 seeds, about 4 hours
    python benchmarks/flows.py rivals --peers-python /path/to/python
    python benchmarks/flows.py rivals --dataset cifar10 --minutes 60 --seeds 0 \
        --precision bfloat16 --rivals "FlowMatching, classes" \
        "DDIM of keras.io" "ConditionalGAN, classes" DCGAN

steps: flow matching is trained on MNIST's 60,000 training images, with classes
and without, by the recipe (`--epochs` for other lengths), then 10,000 samples
are drawn by each sampler with each number of evaluations a sample, and again
with guidance, which evaluates the network twice a step. With classes, the
classifier says how many read as the class that was asked for.

rivals: flows, GANs and a VAE by their recipes, the same U-Net by torchcfm in
the interpreter of --peers-python (`pip install torch torchcfm`; grey images),
and a diffusion model and a DCGAN in the manner of Keras's examples, each
trained for as many minutes (--minutes), on the machine alone.

Tables have the Frechet distance to the 10,000 test images, in features of
kerasgen's own classifier; `floor` is that of 10,000 training images.
"""

import functools
import importlib
import pathlib
import subprocess
import sys

import numpy as np
from common import FrechetJudge
from common import argument_parser
from common import arrays_of
from common import kept
from common import kept_model
from common import say
from common import settings_of
from common import spread
from common import trained_by_recipe
from common import training_minutes
from common import write_table

KINDS = "with classes", "without"
BATCH_SIZE = 128


# Name of a row: model, whether it gets classes.
RIVALS = {
    "FlowMatching, classes": ("flow_matching", True),
    "FlowMatching": ("flow_matching", False),
    "Diffusion, classes": ("diffusion", True),
    "MeanFlow, classes": ("mean_flow", True),
    "ConditionalGAN, classes": ("conditional_gan", True),
    "DCGAN": ("dcgan", False),
    "SNGAN": ("sngan", False),
    "VAE": ("vae", False),
}
# Name of a row: module of `contenders`.
OF_KERAS = {
    "DDIM of keras.io": "ddim_of_keras_io",
    "DCGAN of keras.io": "dcgan_of_keras_io",
}
TORCHCFM = "torchcfm"
ALL_RIVALS = (*RIVALS, *OF_KERAS, TORCHCFM)


def main():
    options = parse_arguments()
    {"steps": steps, "rivals": rivals}[options.part](options)


def parse_arguments():
    parser = argument_parser(__doc__, "flows")
    add = parser.add_argument
    add("part", choices=("steps", "rivals"))
    add("--epochs", type=int, default=16, help="of steps [16]")
    add("--kinds", nargs="+", choices=KINDS, default=KINDS, help="[both]")
    add("--num-samples", type=int, default=10_000, help="[10000]")
    add("--guidance", type=float, default=1.5, help="of steps [1.5]")
    add(
        "--evaluations",
        nargs="+",
        type=int,
        default=[1, 2, 4, 8, 16, 32, 64],
        help="of the network a sample [1 2 4 8 16 32 64]",
    )
    add("--minutes", type=float, default=10, help="of each rival [10]")
    add(
        "--rivals",
        nargs="+",
        choices=ALL_RIVALS,
        default=ALL_RIVALS,
        metavar="NAME",
        help="[all of " + "; ".join(ALL_RIVALS) + "]",
    )
    add("--dataset", default="mnist", help="of rivals [mnist]")
    add(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="what rivals compute in, but for torchcfm [float32]",
    )
    add(
        "--peers-python",
        default=sys.executable,
        help="interpreter that has torchcfm [this one]",
    )
    return parser.parse_args()


# === Steps ===


def steps(options):
    images, labels, test, _ = arrays_of("mnist")
    judge = Judge("mnist", images, test, options.num_samples)
    results = {}
    for kind in options.kinds:
        for seed in options.seeds:
            name = f"{kind.replace(' ', '_')}_{seed}"
            results[kind, seed] = kept(
                options.out / f"{name}.json",
                settings_of(
                    options,
                    *("kinds", "minutes", "rivals", "peers_python"),
                    *("dataset", "precision"),
                ),
                options.overwrite,
                lambda: measure(
                    trained(kind, images, labels, seed, name, options),
                    judge,
                    options,
                ),
            )
    for kind in options.kinds:
        found = [results[kind, seed] for seed in options.seeds]
        write_kind(kind, found, options)


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


def measure(model_and_minutes, judge, options):
    """Distances by sampler, evaluations and guidance; and the floor."""
    from kerasgen import samplers

    model, minutes = model_and_minutes
    found = {
        "floor": judge.floor,
        "minutes_of_training": minutes,
        "rows": [],
    }
    for guidance in (1.0, options.guidance):
        for sampler in samplers.SAMPLERS:
            for evaluations in options.evaluations:
                number = steps_of(sampler, evaluations, guidance)
                if number is None:
                    continue
                drawn = model.generate(
                    options.num_samples,
                    seed=0,
                    sampler=sampler,
                    num_steps=number,
                    guidance=guidance,
                )
                row = {
                    "guidance": guidance,
                    "sampler": sampler,
                    "evaluations": evaluations,
                    **judge(drawn, model.num_classes is not None),
                }
                say(row)
                found["rows"].append(row)
    return found


class Judge(FrechetJudge):
    """Says how good samples are; the networks are trained once."""

    def __init__(self, dataset, images, test, num_samples):
        from kerasgen import metrics

        super().__init__(dataset, test, images[:num_samples])
        self.classifier = metrics.classifier_network(dataset)

    def __call__(self, drawn, has_classes):
        """The distance of samples and, of classes in turn, those read so."""
        found = {"distance": self.distance(drawn)}
        if has_classes:
            read = self.classifier.predict(drawn, batch_size=500, verbose=0)
            agreed = read.argmax(axis=1) == np.arange(len(drawn)) % 10
            found["read_as_asked"] = float(agreed.mean())
        return found


def steps_of(sampler, evaluations, guidance):
    """The steps that take at most so many evaluations, or `None`."""
    from kerasgen import samplers

    budget = evaluations if guidance == 1.0 else evaluations // 2
    number = (budget + 1) // 2 if sampler == "heun" else budget
    if number < 1 or samplers.num_evaluations(sampler, number) > budget:
        return None
    return number


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


# === Rivals ===


def rivals(options):
    images, labels, test, _ = arrays_of(options.dataset)
    judge = Judge(options.dataset, images, test, options.num_samples)
    if options.precision == "bfloat16":
        import keras

        keras.config.set_dtype_policy("mixed_bfloat16")
    rows = []
    for name in options.rivals:
        found = [
            kept(
                options.out / f"{file_name(name, options)}_{seed}.json",
                {
                    "minutes": options.minutes,
                    "num_samples": options.num_samples,
                    "precision": options.precision,
                },
                options.overwrite,
                functools.partial(
                    of_rival, name, images, labels, seed, judge, options
                ),
            )
            for seed in options.seeds
        ]
        rows.append(row_of_rival(name, found))
    rows.append(["real images", "", f"{judge.floor:.2f}", ""])
    write_table(
        options.out / f"flows_rivals_{options.dataset}.md",
        [
            f"Trained for {options.minutes:g} minutes",
            "Evaluations",
            "Frechet distance",
            "Read as asked",
        ],
        rows,
    )


def file_name(rival, options):
    words = rival.replace(",", "").replace(" ", "_")
    return f"rival_{options.dataset}_{words}"


def row_of_rival(name, found):
    read = [result.get("read_as_asked") for result in found]
    return [
        name,
        found[0]["evaluations"],
        spread([result["distance"] for result in found], "{:.2f}"),
        "" if None in read else spread(read, "{:.1%}"),
    ]


def of_rival(name, images, labels, seed, judge, options):
    """What a rival gives after as many minutes of training."""
    drawn, evaluations, has_classes = drawn_by_rival(
        name, images, labels, seed, options
    )
    draw_samples(drawn[:100], options.out / f"{file_name(name, options)}.png")
    return {"evaluations": evaluations, **judge(drawn, has_classes)}


def drawn_by_rival(name, images, labels, seed, options):
    """Samples, evaluations of a network for each, whether they have classes."""
    if name == TORCHCFM:
        return drawn_by_torchcfm(images, seed, options), 15, False
    if name in OF_KERAS:
        from contenders import examples_of_keras_io

        contender = importlib.import_module(f"contenders.{OF_KERAS[name]}")
        drawn = examples_of_keras_io.drawn_after(
            contender, images, options.minutes, options.num_samples, seed
        )
        return drawn, contender.EVALUATIONS, False
    model_name, has_classes = RIVALS[name]
    classes = {"num_classes": int(labels.max()) + 1} if has_classes else {}
    model = trained_by_recipe(
        model_name,
        options.dataset,
        (images, labels) if has_classes else (images,),
        seed,
        minutes=options.minutes,
        **classes,
    )
    drawn = model.generate(options.num_samples, seed=0)
    # Of models without steps it is `None`.
    return drawn, model.num_evaluations or 1, has_classes


def draw_samples(images, path):
    from kerasgen import plotting

    plotting.save(plotting.show_images(images), path)


def drawn_by_torchcfm(images, seed, options):
    given, drawn = options.out / "images.npy", options.out / "drawn.npy"
    np.save(given, images)
    script = pathlib.Path(__file__).parent / "contenders/flow_of_torchcfm.py"
    arguments = {
        "images": given,
        "minutes": options.minutes,
        "number": options.num_samples,
        "seed": seed,
        "out": drawn,
    }
    command = [options.peers_python, str(script)]
    for name, value in arguments.items():
        command += [f"--{name}", str(value)]
    subprocess.run(command, check=True)
    given.unlink()
    return np.load(drawn)


if __name__ == "__main__":
    main()
