"""What a saved model costs and gives: time of sampling, size, quality.

    python benchmarks/sampling.py
    python benchmarks/report.py runs/sampling/*.json

Each model of saved_models is loaded and draws 1 and 64 images, or texts, by
`generate`, once without being measured and then --rounds times, with a seed of
its own each; models take turns, and times are medians. What it was trained for
and how good it is stand in its card, which is read. The second command fills in
the tables of docs/pages/guide/choosing.md.

Machines should do nothing else.
"""

import argparse
import pathlib
import re
import time

import numpy as np
from common import say
from common import write_table

NUMBERS = (1, 64)
BITS = "Bits a held-out character"
# Tables of images: what stands in them of the cards, and whether costs do. What
# a card does not have is left empty.
COSTS = {"Frechet distance": "frechet distance"}
KNOWN = {
    "Recall": "recall",
    "Read as asked": "label agreement",
    "Reconstruction": "reconstruction error",
    "Nats": "log likelihood",
}
_MINUTES = re.compile(r"(\d+) minutes\s+of\s+training")
_METRIC = re.compile(r"^\| ([a-z][^|]*?) \| (-?[\d.]+)", re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=pathlib.Path, default="runs/sampling")
    parser.add_argument("--rounds", type=int, default=9, help="of all [9]")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    import kerasgen
    from kerasgen.loading import saved_models
    from kerasgen.models import MODELS

    cards = {
        name: read_card((folder / "README.md").read_text(encoding="utf-8"))
        for name, folder in sorted(saved_models().items())
    }
    models = {name: kerasgen.load(name) for name in cards}
    # In the order of the package's own list of models.
    order = [model.__name__ for model in MODELS.values()]
    names = sorted(models, key=lambda n: order.index(type(models[n]).__name__))
    times = milliseconds(models, options.rounds)
    options.out.mkdir(parents=True, exist_ok=True)
    images = [name for name in names if not is_of_texts(models[name])]
    texts = [name for name in names if name not in images]
    for file, chosen, what, columns in (
        ("sampling.md", images, "image", COSTS),
        ("sampling_texts.md", texts, "text", {BITS: BITS}),
    ):
        write_table(
            options.out / file,
            header(what, columns),
            [
                row(name, models[name], cards[name], times[name], columns)
                for name in chosen
            ],
        )
    write_table(
        options.out / "sampling_quality.md",
        ["Saved model", *KNOWN],
        [[f"`{name}`", *of_card(cards[name], KNOWN)] for name in images],
    )


def read_card(text):
    """What the card of a saved model tells.

    Args:
        text: str. Its README.md.

    Returns:
        dict from names of metrics to what stands there, str, with `"minutes"`
        of training.

    Raises:
        ValueError: if it does not tell how long the model was trained.
    """
    found = _MINUTES.search(text)
    if found is None:
        raise ValueError(f"no minutes of training in the card:\n{text[:200]}")
    metrics = dict(_METRIC.findall(text))
    bits = [value for name, value in metrics.items() if name.startswith("bits")]
    if bits:
        metrics[BITS] = bits[0]
    return {**metrics, "minutes": found[1]}


def is_of_texts(model):
    return hasattr(model, "tokenizer")


def milliseconds(models, rounds):
    """How long each model takes to draw as many as in `NUMBERS`, medians.

    Args:
        models: dict from names to models.
        rounds: int. How often each is measured.

    Returns:
        dict from names to lists of float.
    """
    taken = {name: [[] for _ in NUMBERS] for name in models}
    for repeat in range(rounds + 1):
        say(f"round {repeat} of {rounds}")
        for name, model in models.items():
            for number, times in zip(NUMBERS, taken[name]):
                start = time.perf_counter()
                model.generate(number, seed=repeat)
                if repeat:  # The first one is traced.
                    times.append(1e3 * (time.perf_counter() - start))
    return {name: np.median(times, axis=1) for name, times in taken.items()}


def header(what, columns):
    return [
        "Saved model",
        "Minutes of training",
        *columns,
        *(f"{n} {what if n == 1 else what + 's'}, ms" for n in NUMBERS),
        "Parameters",
    ]


def row(name, model, card, times, columns):
    return [
        f"`{name}`",
        card["minutes"],
        *of_card(card, columns),
        *(f"{value:,.{1 if value < 10 else 0}f}" for value in times),
        f"{model.count_params():,}",
    ]


def of_card(card, columns):
    return [card.get(metric, "-") for metric in columns.values()]


if __name__ == "__main__":
    main()
