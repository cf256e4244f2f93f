"""How many images a second training takes in, beside others and the machine.

    python benchmarks/throughput.py --peers-python /path/to/python

A VAE (784-512-16, batches of 128), DCGANs with 16 and 64 filters next to the
image (28 x 28 pixels, batches of 128), a WGAN-GP (16 filters, batches of 64,
five critic steps), flow matching on a U-Net (32 and 64 filters) and a
transformer (4 blocks, 128 numbers a patch), and a language model (4 blocks, 128
numbers a token, 32 texts of 128 tokens a step: texts for images) are trained by
each of

    kerasgen        `compile()` and `fit()` with defaults, also in bfloat16, and
                    with Keras's kernels of convolution
    Keras           the same model with a `train_step` as in Keras's tutorials
    pythae          its VAE, by its trainer
    PyTorch         a loop of the user's own, also in bfloat16
    torch.compile   the same, compiled

with as many parameters, the same sizes of batches and the same random images in
memory. With the networks of flows, 8 steps of Euler's method are timed too, by
kerasgen and PyTorch. Each is a process of its own; all take turns, so that a
slow moment of the machine meets all of them, and train one round in each turn
before the one that is timed. PyTorch and pythae run in the interpreter of
--peers-python; what it has not is left out.

The ceiling is what the machine could do if a step were nothing but its products
of matrices and convolutions, forward and both gradients, each by the fastest
kernel of numpy, TensorFlow, XLA, PyTorch and kerasgen for its very shape. They
take turns with the contenders. Flows and texts have no ceiling here.

Figures are medians over rounds; a ratio is the median of the ratios within
rounds. Memory is the most that a process ever held, with libraries and data.
"""

import argparse
import contextlib
import pathlib
import sys

import numpy as np
from common import said
from common import say
from common import settings_of
from common import write_table
from contenders.architectures import ARCHITECTURES
from contenders.architectures import Product
from contenders.architectures import products
from contenders.process import Contender
from contenders.process import Unavailable

PEERS = ("PyTorch", "torch.compile")
# Name: module, options, whether it runs in the interpreter of the peers.
CONTENDERS = {
    "kerasgen": ("of_kerasgen", (), False),
    "kerasgen, bfloat16": ("of_kerasgen", ("--bfloat16",), False),
    "kerasgen, usual convolutions": (
        "of_kerasgen",
        ("--usual-convolutions",),
        False,
    ),
    "kerasgen, usual convolutions, bfloat16": (
        "of_kerasgen",
        ("--usual-convolutions", "--bfloat16"),
        False,
    ),
    "Keras": ("of_keras", (), False),
    "pythae": ("of_pythae", (), True),
    "PyTorch": ("of_torch", (), True),
    "PyTorch, bfloat16": ("of_torch", ("--bfloat16",), True),
    "torch.compile": ("of_torch", ("--compiled",), True),
    "torch.compile, bfloat16": ("of_torch", ("--compiled", "--bfloat16"), True),
}
KERNELS = {
    "numpy": ("kernels_of_numpy", (), False),
    "TensorFlow": ("kernels_of_tensorflow", (), False),
    "TensorFlow, bfloat16": ("kernels_of_tensorflow", ("--bfloat16",), False),
    "kernels of PyTorch": ("kernels_of_torch", (), True),
    "kernels of PyTorch, bfloat16": ("kernels_of_torch", ("--bfloat16",), True),
}
# Architecture: rows (a contender, one that it is compared with, how many times
# as fast it is to be), and the share of the ceiling.
_GAN_TARGETS = [
    *[("kerasgen", peer, 1.5) for peer in PEERS],
    # Their float32, as the table has their bfloat16 too.
    *[("kerasgen, bfloat16", peer, 2.0) for peer in PEERS],
]
_FLOW_TARGETS = [("kerasgen", "PyTorch", 1.2)]
TARGETS = {
    "vae": [
        ("kerasgen", "pythae", 1.5),
        ("kerasgen", "PyTorch", 1.5),
        ("kerasgen", "torch.compile", 1.0),
        ("kerasgen", "the ceiling", 0.75),
    ],
    "dcgan_16": _GAN_TARGETS,
    "dcgan_64": _GAN_TARGETS,
    "unet": [*_FLOW_TARGETS, ("kerasgen", "torch.compile", 1.0)],
    "dit": [*_FLOW_TARGETS, ("kerasgen", "torch.compile", 1.0)],
    "gpt": [*_FLOW_TARGETS, ("kerasgen", "torch.compile", 1.0)],
    "cyclegan": _FLOW_TARGETS,
    "unet_drawing": _FLOW_TARGETS,
    "dit_drawing": _FLOW_TARGETS,
}


def main():
    options = parse_arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    images = options.out / "images.npy"
    number = max(each.images for each in ARCHITECTURES.values())
    generator = np.random.default_rng(0)
    np.save(images, generator.random((number, 28, 28, 1), np.float32))
    for name in options.architectures:
        measure(name, images, options)
    images.unlink()


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--peers-python",
        default=sys.executable,
        help="interpreter that has PyTorch and pythae [this one]",
    )
    add(
        "--architectures",
        nargs="+",
        choices=ARCHITECTURES,
        default=list(ARCHITECTURES),
        help=f"[{' '.join(ARCHITECTURES)}]",
    )
    add(
        "--contenders",
        nargs="+",
        choices=CONTENDERS,
        default=list(CONTENDERS),
        metavar="NAME",
        help=f"[all of {', '.join(map(repr, CONTENDERS))}]",
    )
    add("--no-ceiling", action="store_true", help="leave out the ceiling")
    add("--rounds", type=int, default=7, help="[7]")
    add(
        "--patience",
        type=float,
        default=300,
        help="seconds until a contender is given up [300]",
    )
    add("--out", type=pathlib.Path, default="runs/throughput")
    return parser.parse_args()


def measure(name, images, options):
    """Measures one architecture, and writes its table and its numbers."""
    from kerasgen.utils import files

    wanted = {c: CONTENDERS[c] for c in options.contenders}
    kind = ARCHITECTURES[name].kind
    # What Keras's tutorials and pythae do not have, nor has it a ceiling.
    is_later = kind not in ("vae", "dcgan", "wgan_gp")
    unused = ["pythae"]
    if kind == "vae" or is_later:
        unused = [c for c in wanted if "usual convolutions" in c]
    if is_later:
        unused += ["Keras", "pythae"]
    for contender in unused:
        wanted.pop(contender, None)
    if not options.no_ceiling and not is_later:
        wanted |= KERNELS
    with contextlib.ExitStack() as stack:
        contenders = started(name, wanted, images, options, stack)
        rounds = [
            one_round(contenders, number) for number in range(options.rounds)
        ]
    parameters = {
        contender: answers["parameters"]
        for contender, answers in rounds[0].items()
        if "parameters" in answers
    }
    if len(set(parameters.values())) > 1:
        sys.exit(f"{name}: other numbers of parameters, {parameters}.")
    found = results(name, rounds)
    files.write_json(
        options.out / f"{name}_rounds.json",
        {
            "settings": settings_of(options, "architectures"),
            "parameters": next(iter(parameters.values()), None),
            **found,
        },
    )
    write_results(name, found, options.out / f"{name}.md")


def started(name, wanted, images, options, stack):
    """The contenders that can be had, warm; a dict by their names."""
    say(f"\n{name}: starting {len(wanted)} contenders")
    ready = {}
    for contender, (module, arguments, is_peer) in wanted.items():
        interpreter = options.peers_python if is_peer else sys.executable
        command = interpreter, module, name, *arguments, "--images", images
        log = options.out / f"{name} {contender}.log"
        process = stack.enter_context(Contender(command, log))
        try:
            process.answer(options.patience)
            ready[contender] = process
        except Unavailable as error:
            say(f"{contender} is left out: {error}")
            process.close()
    return ready


def one_round(contenders, number):
    """What each contender answers; each round begins with another."""
    names = list(contenders)
    first = number % len(names)
    answers = {}
    for name in names[first:] + names[:first]:
        answers[name] = contenders[name].round()
    return answers


# === Results ===


def results(name, rounds):
    """Medians over rounds, ratios within rounds, by contender."""
    speeds = {
        contender: [
            r[contender]["images"] / r[contender]["seconds"] for r in rounds
        ]
        for contender in rounds[0]
        if "images" in rounds[0][contender]
    }
    ceilings = {}
    for precision in ("float32", "bfloat16"):
        kernels = [k for k in KERNELS if k in rounds[0]]
        kernels = [k for k in kernels if _precision(k) == precision]
        if kernels:
            ceilings[precision] = ceiling(name, rounds, kernels)
    table = {}
    for contender, values in speeds.items():
        top = ceilings.get(_precision(contender))
        table[contender] = {
            "images_a_second": float(np.median(values)),
            "of_kerasgen": _ratio(values, speeds.get("kerasgen")),
            "share_of_ceiling": _ratio(values, top),
            "peak_megabytes": rounds[-1][contender]["peak_megabytes"],
            "rounds": values,
        }
    return {"contenders": table, "ceilings": ceilings}


def ceiling(name, rounds, kernels):
    """Images a second, a round, if a step were its products alone."""
    counts = products(ARCHITECTURES[name])
    values = []
    for answers in rounds:
        fastest = {}
        for kernel in kernels:
            for fields, seconds in answers[kernel]["products"]:
                product = Product(*fields)
                best = min(seconds, fastest.get(product, seconds))
                fastest[product] = best
        step = sum(fastest[p] * count for p, count in counts.items())
        values.append(ARCHITECTURES[name].batch_size / step)
    return values


def _precision(contender):
    return "bfloat16" if contender.endswith("bfloat16") else "float32"


def _ratio(values, others):
    if others is None:
        return None
    return float(np.median(np.divide(values, others)))


def write_results(name, found, path):
    rows = []
    for contender, row in found["contenders"].items():
        share = row["share_of_ceiling"]
        times = row["of_kerasgen"]
        low, high = min(row["rounds"]), max(row["rounds"])
        rows.append(
            [
                contender,
                f"{row['images_a_second']:,.0f}",
                f"{low:,.0f} to {high:,.0f}",
                "-" if times is None else f"{1 / times:.2f}",
                "-" if share is None else f"{share:.0%}",
                f"{row['peak_megabytes']:,.0f} MB",
            ]
        )
    for precision, values in found["ceilings"].items():
        low, high = min(values), max(values)
        speed = f"{np.median(values):,.0f}"
        spread = f"{low:,.0f} to {high:,.0f}"
        rows.append([f"ceiling, {precision}", speed, spread, "-", "100%", "-"])
    header = [name, "Images a second", "Rounds", "kerasgen is times as fast"]
    header += ["Share of the ceiling", "Memory"]
    say(f"\n{name}: {ARCHITECTURES[name]}")
    write_table(path, header, rows, "\n".join(reached(name, found)))


def reached(name, found):
    """A line for each target."""
    table = found["contenders"]
    for contender, other, target in TARGETS.get(name, ()):
        if contender not in table:
            continue
        if other == "the ceiling":
            value = table[contender]["share_of_ceiling"]
        elif other in table:
            value = _ratio(table[contender]["rounds"], table[other]["rounds"])
        else:
            continue
        if value is not None:
            name = f"{contender} against {other}"
            yield said(name, value, value >= target, target)


if __name__ == "__main__":
    main()
