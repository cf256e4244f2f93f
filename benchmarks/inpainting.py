"""How much of MNIST's digits completions bring back.

    python benchmarks/inpainting.py                    # 3 seeds

A VAE is trained on the 60,000 training images. Of test digits the left half, or
a random third of the pixels, is taken away and completed. kerasgen's classifier
of MNIST names originals, masked digits (missing pixels black) and completions:
the table has its three accuracies, and the share of the gap that completion
closes. Known pixels are checked to be untouched.
"""

import sys

import numpy as np
from common import argument_parser
from common import kept
from common import mnist
from common import mnist_vae
from common import settings_of
from common import spread
from common import write_table

MASKS = "left", "random"
RATES = "original", "masked", "completed"


def main():
    options = parse_arguments()
    images, _, test, labels = mnist()
    test, labels = test[: options.num_images], labels[: options.num_images]
    results = {kind: [] for kind in MASKS}
    for seed in options.seeds:
        for kind, found in results.items():
            found.append(
                kept(
                    options.out / f"{kind}_{seed}.json",
                    settings_of(options),
                    options.overwrite,
                    lambda: measure(
                        mnist_vae(images, seed),
                        test,
                        labels,
                        kind,
                        seed,
                        options,
                    ),
                )
            )
    write_table(
        options.out / "inpainting.md",
        ["Missing", *(rate.capitalize() for rate in RATES), "Gap closed"]
        + ["Seeds"],
        [
            [
                kind,
                *(spread([r[n] for r in found], "{:.2%}") for n in RATES),
                spread([result["closed"] for result in found], "{:.1%}"),
                len(found),
            ]
            for kind, found in results.items()
        ],
    )


def parse_arguments():
    parser = argument_parser(__doc__, "inpainting")
    add = parser.add_argument
    add("--num-images", type=int, default=10_000, help="[10000]")
    add("--steps", type=int, default=100, help="of the search [100]")
    add("--starts", type=int, default=2, help="searches an image [2]")
    return parser.parse_args()


def measure(model, test, labels, kind, seed, options):
    """Accuracies on originals, on masked digits and on their completions."""
    from kerasgen import metrics
    from kerasgen import plotting
    from kerasgen import tasks
    from kerasgen.utils.progress import show_progress

    known = tasks.mask(kind, test.shape, seed)
    completed = tasks.inpaint(
        model,
        test,
        known,
        num_steps=options.steps,
        num_starts=options.starts,
        seed=seed,
        progress=show_progress,
    )
    shown = known.astype(bool)
    if not (completed[shown] == test[shown]).all():
        sys.exit("Known pixels were changed.")
    ax = plotting.inpainting(test[:16], known[:16], completed[:16])
    plotting.save(ax, options.out / f"{kind}_{seed}.png")
    classifier = metrics.classifier_network("mnist")
    rates = {}
    for name, images in zip(
        RATES, (test, np.where(shown[..., None], test, 0), completed)
    ):
        found = classifier.predict(images, batch_size=500, verbose=0)
        rates[name] = float((found.argmax(axis=1) == labels).mean())
    gap = rates["original"] - rates["masked"]
    rates["closed"] = (rates["completed"] - rates["masked"]) / gap
    return rates


if __name__ == "__main__":
    main()
