"""Clusters of MNIST that are found without labels, beside published ones.

    python benchmarks/clustering.py                    # all rows, 3 seeds
    python benchmarks/clustering.py --rows idec --seeds 1

All 70,000 images of MNIST, training and test split together, are clustered, as
in the papers; labels are for the scores alone: accuracy under the best matching
of clusters to classes, normalized mutual information (arithmetic mean), and
adjusted Rand index. DEC, IDEC and the rows of an autoencoder start from one
pretraining a seed, which counts for the minutes of each; "dec" places centroids
by k-means, "dec-umap" by a map of 20,000 latents. Other rows with umap are of a
map of all latents. They need umap-learn. Each row and seed leaves ROW_SEED.json
in --out, and is not run again where it is there; clustering.md is the table.
"""

import numpy as np
from common import argument_parser
from common import kept
from common import kept_model
from common import mnist
from common import settings_of
from common import spread
from common import training_minutes
from common import write_table

# Row: accuracy / NMI that were published, and where.
ROWS = {
    "pixels_kmeans": ".532 / .500 (N2D)",
    "autoencoder_kmeans": ".818 / .748 (N2D)",
    "autoencoder_gmm": "-",
    "dec": ".912 / .869 (DEC-keras, mean of ten)",
    "dec-umap": "-",
    "idec": ".881 / .867 (IDEC)",
    "idec-umap": "-",
    "vade": ".945 / - (VaDE)",
    "autoencoder_umap_gmm": ".979 / .942 (N2D)",
    "autoencoder_umap_hdbscan": "ARI .924 (UMAP + HDBSCAN)",
}
BATCH_SIZE = 256
_MAPS = {}
SCORES = (
    "accuracy",
    "normalized_mutual_information",
    "adjusted_rand_index",
    "noise",
)


def main():
    options = parse_arguments()
    images, labels, *test = mnist()
    images = np.concatenate([images, test[0]])[: options.num_images]
    labels = np.concatenate([labels, test[1]])[: options.num_images]
    results = {row: [] for row in options.rows}
    settings = settings_of(options, "rows")
    for seed in options.seeds:
        for row in options.rows:
            found = kept(
                options.out / f"{row}_{seed}.json",
                settings,
                options.overwrite,
                lambda: {
                    **scores(labels, cluster(row, images, seed, options)),
                    "training_minutes": minutes_of(row, seed, options),
                },
            )
            results[row].append(found)
    write_table(
        options.out / "clustering.md",
        [
            *("Row", "Accuracy", "NMI", "ARI", "Noise"),
            *("Seeds", "Minutes of training", "Published accuracy / NMI"),
        ],
        [
            [
                row,
                *(spread([one[name] for one in found]) for name in SCORES),
                len(found),
                f"{np.mean([one['training_minutes'] for one in found]):.0f}",
                ROWS[row],
            ]
            for row, found in results.items()
        ],
    )


def parse_arguments():
    parser = argument_parser(__doc__, "clustering")
    add = parser.add_argument
    add("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="NAME")
    add("--pretraining-epochs", type=int, default=30, help="[30]")
    add("--vade-pretraining-epochs", type=int, default=15, help="[15]")
    add("--epochs", type=int, default=10, help="with clusters [10]")
    add("--num-images", type=int, default=70_000, help="for a quick look")
    return parser.parse_args()


def scores(labels, found):
    from kerasgen import metrics

    return {
        "num_clusters": int(found.max() + 1),
        "noise": float((found < 0).mean()),
        **metrics.clustering_scores(labels, found),
    }


def cluster(row, images, seed, options):
    """A cluster for each image."""
    from kerasgen import tasks

    if "_" not in row:
        return trained(row, images, seed, options).predict(images)
    space, *embedding, method = row.split("_")
    if space == "pixels":
        features = images.reshape(len(images), -1)
    else:
        features = trained(space, images, seed, options).encode(images)
    if embedding:
        features = mapped(space, seed, embedding[0], features)
    extra = {}
    if method == "hdbscan":
        extra = {"min_cluster_size": len(images) // 100, "min_samples": 10}
    return tasks.clusters(features, method, 10, seed, **extra)


def mapped(space, seed, method, features):
    """Points of a map, which several rows cluster."""
    from kerasgen import tasks

    if (space, seed, method) not in _MAPS:
        _MAPS.clear()  # One at a time: each is of 70,000 images.
        _MAPS[space, seed, method] = tasks.embedding(features, method, seed)
    return _MAPS[space, seed, method]


def trained(name, images, seed, options):
    """A model, unless a file has it; "autoencoder" is IDEC, pretrained."""
    import keras

    from kerasgen import models

    def build():
        keras.utils.set_random_seed(seed)
        pretraining = pretraining_epochs(name, options)
        kind, _, initialization = name.partition("-")
        arguments = {"initialization": initialization} if initialization else {}
        model = models.MODELS["idec" if kind == "autoencoder" else kind](
            images.shape[1:],
            10,
            num_clusters=10,
            pretraining_epochs=pretraining,
            seed=seed,
            **arguments,
        )
        steps = pretraining * -(-len(images) // BATCH_SIZE)
        if name == "vade":
            steps += options.epochs * -(-len(images) // BATCH_SIZE)
        rate = keras.optimizers.schedules.CosineDecay(1e-3, steps)
        model.compile(
            keras.optimizers.Adam(rate),
            jit_compile=True,
            steps_per_execution=20,
        )
        start, last = 0, pretraining + options.epochs
        if kind in ("dec", "idec"):
            start = pretraining
            autoencoder = trained("autoencoder", images, seed, options)
            model.set_weights(autoencoder.get_weights())
        elif name == "autoencoder":
            last = pretraining
        model.fit(
            images,
            batch_size=BATCH_SIZE,
            initial_epoch=start,
            epochs=last,
            verbose=2,
        )
        return model

    return kept_model(path_of(name, seed, options), options.overwrite, build)


def pretraining_epochs(name, options):
    if name == "vade":
        return options.vade_pretraining_epochs
    return options.pretraining_epochs


def path_of(name, seed, options):
    """The file of a model, which names all that it depends on."""
    epochs = str(pretraining_epochs(name, options))
    if name != "autoencoder":
        epochs += f"+{options.epochs}"
    return options.out / f"{name}_{seed}_{epochs}_{options.num_images}.keras"


def minutes_of(row, seed, options):
    """Minutes of training that a row rests on."""
    name = row.split("_")[0]
    if name == "pixels":
        return 0.0
    names = {name}
    if name.partition("-")[0] in ("dec", "idec"):
        names.add("autoencoder")
    return sum(training_minutes(path_of(n, seed, options)) for n in names)


if __name__ == "__main__":
    main()
