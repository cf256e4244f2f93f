"""Classes of MNIST from few labels, on the latents of a VAE.

    python benchmarks/few_labels.py                    # 100 and 1,000 labels

The M1 of Kingma et al. (2014): a VAE learns from the 60,000 training images
without labels, a classifier from the latents of few labelled ones, as many of
each class; the error is of the 10,000 test images. The classifier is a support
vector machine: of the labelled latents alone, and of 12,000 training latents
whose labels are spread from the labelled ones over the graph of neighbours of
all (Zhou et al. 2004), which uses unlabelled images too, as the transductive
machine of the published rows does. Each seed is a VAE and has several draws of
the labelled images.
"""

import numpy as np
from common import argument_parser
from common import balanced
from common import kept
from common import mnist
from common import mnist_vae
from common import settings_of
from common import spread
from common import write_table

# Table 1 of Kingma et al. (2014), M1+TSVM, in percent.
PUBLISHED = {100: "11.82", 600: "5.72", 1000: "4.24", 3000: "3.49"}
CLASSIFIERS = "labels_alone", "label_spreading"
NUM_GUESSES = 12_000


def main():
    options = parse_arguments()
    images, labels, test, test_labels = mnist()
    results = []
    for seed in options.seeds:
        results.append(
            kept(
                options.out / f"{seed}.json",
                settings_of(options),
                options.overwrite,
                lambda: measure(
                    mnist_vae(images, seed),
                    (images, labels),
                    (test, test_labels),
                    seed,
                    options,
                ),
            )
        )
    write_table(
        options.out / "few_labels.md",
        [
            "Labels",
            "Classifier",
            "Error",
            "Published (M1+TSVM)",
            "Seeds, draws",
        ],
        [
            [
                number,
                name.replace("_", " "),
                spread(
                    [100 * np.mean(r[f"{name}_{number}"]) for r in results],
                    "{:.2f}%",
                ),
                f"{PUBLISHED.get(number, '-')}%",
                f"{len(results)}, {options.draws}",
            ]
            for number in options.labels
            for name in CLASSIFIERS
        ],
    )


def parse_arguments():
    parser = argument_parser(__doc__, "few_labels")
    add = parser.add_argument
    add("--labels", nargs="+", type=int, default=[100, 1000])
    add("--draws", type=int, default=3, help="of labelled images [3]")
    add("--svm-c", type=float, default=3.0, help="C of the machine [3]")
    return parser.parse_args()


def measure(model, training, test, seed, options):
    """Errors of each draw by `CLASSIFIER_LABELS`."""
    import sklearn.svm

    from kerasgen import tasks

    images, labels = training
    features = tasks.LatentFeatures(model).fit(images[:1])
    latents, of_test = (features.transform(each) for each in (images, test[0]))
    errors = {}
    for number in options.labels:
        for name in CLASSIFIERS:
            found = errors[f"{name}_{number}"] = []
            for draw in range(options.draws):
                few = balanced(labels, number, [seed, draw])
                if name == "label_spreading":
                    known = np.full(len(labels), -1)
                    known[few] = labels[few]
                    guesses = tasks.spread_labels(latents, known)
                    # As many as a support vector machine likes.
                    few = np.random.default_rng(draw).permutation(
                        np.flatnonzero(guesses >= 0)
                    )[:NUM_GUESSES]
                else:
                    guesses = labels
                classifier = sklearn.svm.SVC(C=options.svm_c)
                classifier.fit(latents[few], guesses[few])
                found.append(1 - classifier.score(of_test, test[1]))
    return errors


if __name__ == "__main__":
    main()
