"""What images that a conditional model draws teach a classifier of MNIST.

    python benchmarks/augmentation.py                  # all parts, 3 seeds

Train on generated, test on real: a ConditionalVAE learns from the 60,000
training images and labels; the 1-nearest-neighbour classifier of 50,000 of its
samples, on pixels, names the 10,000 test images. Latents are drawn from the
prior, and from mixtures fitted to those of the training images of each class
(`kerasgen.tasks.LatentSampler`). In the part "adversarial", a ConditionalGAN by
its recipe stands in the place of the ConditionalVAE.

Augmentation at 100 labels: ten labelled training images of each class are
drawn. A VAE has learned from all 60,000 images without labels; label spreading
over its latents, from the 100 labels alone, guesses the others; a
ConditionalVAE learns images and guesses, and `kerasgen.tasks.augment` puts its
samples, by mixtures again, beside the 100 images. The same convolutional
classifier is trained for the same number of steps, with random shifts, turns
and zooms, on the 100 images and on the augmented ones.
"""

import numpy as np
from common import argument_parser
from common import balanced
from common import kept
from common import mnist
from common import mnist_vae
from common import settings_of
from common import spread
from common import train
from common import trained_by_recipe
from common import write_table

NUM_CLASSES = 10
NUM_LABELS = 100


def main():
    options = parse_arguments()
    images, labels, *test = mnist()
    measures = {
        "generated": of_generated,
        "adversarial": of_adversarial,
        "augmented": of_augmented,
    }
    results = {part: [] for part in options.parts}
    for seed in options.seeds:
        for part, found in results.items():
            found.append(
                kept(
                    options.out / f"{part}_{seed}.json",
                    settings_of(options, "parts"),
                    options.overwrite,
                    lambda: measures[part](images, labels, test, seed, options),
                )
            )
    rows = []
    for part, found in results.items():
        for name in found[0]:
            if name.endswith("error"):
                errors = [100 * result[name] for result in found]
                rows.append(
                    [
                        name.replace("_", " "),
                        spread(errors, "{:.2f}%"),
                        ", ".join(f"{error:.2f}" for error in errors),
                    ]
                )
    write_table(
        options.out / "augmentation.md",
        ["Test error of", "Mean and deviation", "Seeds"],
        rows,
        "Published: 2.98% for 1-nearest-neighbour on samples of DCGAN (Radford "
        "et al. 2016).",
    )


def parse_arguments():
    parser = argument_parser(__doc__, "augmentation")
    add = parser.add_argument
    parts = ["generated", "adversarial", "augmented"]
    add("--parts", nargs="+", choices=parts, default=parts, metavar="PART")
    add("--latent-dim", type=int, default=32, help="of ConditionalVAEs [32]")
    add("--hidden-units", nargs="+", type=int, default=[512, 256])
    add("--epochs", type=int, default=30, help="of ConditionalVAEs [30]")
    add("--components", type=int, default=10, help="of a class's mixture [10]")
    add("--factor", type=float, default=200, help="samples a label [200]")
    add("--steps", type=int, default=4000, help="of the classifier [4000]")
    return parser.parse_args()


def of_generated(images, labels, test, seed, options):
    """Test errors of the nearest of 50,000 samples."""
    model = conditional_model(images, labels, seed, options)
    classes = np.arange(50_000) % NUM_CLASSES
    sampler = sampler_of(model, images, labels, options)
    return {
        f"1_nearest_neighbour_of_50,000_samples_by_{name}_error": (
            neighbour_error(
                source.generate(len(classes), seed=seed, labels=classes),
                classes,
                *test,
            )
        )
        for name, source in (("mixtures", sampler), ("the_prior", model))
    }


def of_adversarial(images, labels, test, seed, options):
    """The same of a GAN."""
    columns = images, labels
    model = trained_by_recipe(
        "conditional_gan", "mnist", columns, seed, num_classes=NUM_CLASSES
    )
    classes = np.arange(50_000) % NUM_CLASSES
    samples = model.generate(len(classes), seed=seed, labels=classes)
    return {
        "1_nearest_neighbour_of_50,000_samples_of_a_ConditionalGAN_error": (
            neighbour_error(samples, classes, *test)
        )
    }


def sampler_of(model, images, labels, options):
    from kerasgen import tasks

    return tasks.LatentSampler(model, options.components).fit(images, labels)


def neighbour_error(images, labels, test, test_labels):
    import sklearn.neighbors

    classifier = sklearn.neighbors.KNeighborsClassifier(n_neighbors=1)
    classifier.fit(images.reshape(len(images), -1), labels)
    found = classifier.predict(test.reshape(len(test), -1))
    return float(np.mean(found != test_labels))


def of_augmented(images, labels, test, seed, options):
    """Test errors of one classifier without and with drawn images."""
    from kerasgen import tasks

    chosen = balanced(labels, NUM_LABELS, seed)
    few, few_labels = images[chosen], labels[chosen]
    known = np.full(len(labels), -1)
    known[chosen] = few_labels
    guesses = tasks.spread_labels(mnist_vae(images, seed).encode(images), known)
    reached = guesses >= 0
    images, labels, guesses = images[reached], labels[reached], guesses[reached]
    model = conditional_model(images, guesses, seed, options)
    more, more_labels = tasks.augment(
        sampler_of(model, images, guesses, options),
        few,
        few_labels,
        options.factor,
        seed=seed,
    )
    return {
        "guessed_labels_of_training_images_error": float(
            np.mean(guesses != labels)
        ),
        "classifier_of_100_labels_with_classical_augmentation_error": (
            classifier_error(few, few_labels, *test, seed, options.steps)
        ),
        "the_same_with_drawn_images_error": classifier_error(
            more, more_labels, *test, seed, options.steps
        ),
    }


def conditional_model(images, labels, seed, options):
    import keras

    import kerasgen

    keras.utils.set_random_seed(seed)
    model = kerasgen.ConditionalVAE(
        images.shape[1:],
        num_classes=NUM_CLASSES,
        latent_dim=options.latent_dim,
        network="mlp",
        network_options={"hidden_units": options.hidden_units},
        binarization="dynamic",
        seed=seed,
    )
    return train(
        model,
        images,
        labels,
        epochs=options.epochs,
        batch_size=128,
        learning_rate=1e-3,
    )


def classifier_error(images, labels, test, test_labels, seed, steps):
    """Test error of a convolutional network with classical augmentation."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    layers = keras.layers
    classifier = keras.Sequential(
        [
            layers.Input(images.shape[1:]),
            layers.RandomTranslation(0.1, 0.1, "constant"),
            layers.RandomRotation(0.04, "constant"),
            layers.RandomZoom(0.1, 0.1, "constant"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(128, activation="relu"),
            layers.Dense(NUM_CLASSES),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(1e-3, steps)
    classifier.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=20,
    )
    rows = (
        tf.data.Dataset.from_tensor_slices((images, labels))
        .repeat()
        .shuffle(len(images), seed=seed)
        .batch(64)
    )
    classifier.fit(rows, steps_per_epoch=steps, epochs=1, verbose=2)
    _, accuracy = classifier.evaluate(test, test_labels, verbose=0)
    return 1 - accuracy


if __name__ == "__main__":
    main()
