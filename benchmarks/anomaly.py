"""One class of MNIST is normal, the others are anomalies to be found.

    python benchmarks/anomaly.py                       # ten classes, 3 seeds
    python benchmarks/anomaly.py --classes 8 --seeds 0

For each digit a VAE is trained on the training images of that digit alone, and
scores all 10,000 test images; the area under the ROC curve is averaged over the
ten digits (protocol 2 of Perera et al. 2019, OCGAN). One model serves several
scores. Each seed and digit leaves DIGIT_SEED.json in --out, and is not run
again where it is there; anomaly.md is the table.
"""

import numpy as np
from common import argument_parser
from common import kept
from common import mnist
from common import settings_of
from common import spread
from common import train
from common import write_table

PUBLISHED = (
    "Published (OCGAN, table 4): OCGAN .975, VAE .970, AnoGAN .913, one-class "
    "SVM .913; Deep SVDD .948."
)
SCORES = (
    "reconstruction_error",
    "reconstruction_probability",
    "likelihood",
    "latent_density",
)


def main():
    options = parse_arguments()
    images, labels, test, test_labels = mnist()
    areas = {score: [] for score in options.scores}
    for seed in options.seeds:
        found = [
            kept(
                options.out / f"{digit}_{seed}.json",
                settings_of(options, "classes", "scores"),
                options.overwrite,
                lambda: measure(
                    images[labels == digit],
                    test,
                    test_labels == digit,
                    seed,
                    options,
                ),
            )
            for digit in options.classes
        ]
        # A result may be of fewer scores than are asked for now.
        for score, rows in areas.items():
            if all(score in of_digit for of_digit in found):
                rows.append([of_digit[score] for of_digit in found])
    write_table(
        options.out / "anomaly.md",
        ["Score", *map(str, options.classes), "Mean", "Seeds"],
        [
            [
                score,
                *(f"{area:.3f}" for area in np.mean(rows, axis=0)),
                spread(np.mean(rows, axis=1), "{:.4f}"),
                len(rows),
            ]
            for score, rows in areas.items()
            if rows
        ],
        PUBLISHED,
    )


def parse_arguments():
    parser = argument_parser(__doc__, "anomaly")
    add = parser.add_argument
    add("--classes", nargs="+", type=int, default=list(range(10)))
    add("--scores", nargs="+", choices=SCORES, default=SCORES, metavar="NAME")
    add("--epochs", type=int, default=40, help="of about 6,000 images [40]")
    add("--latent-dim", type=int, default=16, help="of the VAE [16]")
    add("--hidden-units", nargs="+", type=int, default=[512, 256])
    add("--batch-size", type=int, default=64)
    add("--learning-rate", type=float, default=1e-3)
    add("--num-samples", type=int, default=20, help="of q(z|x) [20]")
    return parser.parse_args()


def measure(images, test, is_normal, seed, options):
    """Areas under the ROC curve by the name of the score."""
    import keras
    import sklearn.metrics

    import kerasgen
    from kerasgen import tasks

    keras.utils.set_random_seed(seed)
    model = kerasgen.VAE(
        images.shape[1:],
        options.latent_dim,
        network="mlp",
        network_options={"hidden_units": options.hidden_units},
        seed=seed,
    )
    train(
        model,
        images,
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        verbose=0,
    )
    areas = {}
    for score in options.scores:
        detector = tasks.AnomalyDetector(
            model, score, num_samples=options.num_samples, seed=seed
        ).fit(images)
        areas[score] = float(
            sklearn.metrics.roc_auc_score(
                is_normal, detector.score_samples(test)
            )
        )
    return areas


if __name__ == "__main__":
    main()
