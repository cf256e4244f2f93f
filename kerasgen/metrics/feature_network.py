"""Classifiers of data sets, whose features distances are taken of."""

import functools
import os
import pathlib
import re

import keras
import numpy as np

from kerasgen import data
from kerasgen.utils import files

NUM_FEATURES = 64
SHIPPED = pathlib.Path(__file__).parent / "weights"
# In the names of files, so that features of another kind are another file.
VERSION = 1


def feature_network(name, verbose=1):
    """A network from images of a data set to 64 features.

    They are the last hidden layer of a small convolutional classifier of the
    data set. Those of `"digits"` and `"mnist"` are part of kerasgen; others
    are trained on first use, and kept in `KERASGEN_CACHE_DIR` (default
    `~/.cache/kerasgen`). Distances of different features do not compare; the
    network's `name` says which they are.

    Args:
        name: str. A data set with classes (see `kerasgen.data.load`).
        verbose: 0 or 1. Whether to show the progress of training.

    Returns:
        keras.Model from images in [0, 1] to features of shape `(batch, 64)`.

    Raises:
        ValueError: if the data set is unknown or has no classes.

    Example:

    >>> network = feature_network("digits")
    >>> network(np.zeros((3, 8, 8, 1), "float32")).shape
    TensorShape([3, 64])
    >>> network.name
    'digits_classifier_1'
    """
    classifier = classifier_network(name, verbose)
    return keras.Model(
        classifier.input,
        classifier.get_layer("features").output,
        name=classifier.name,
    )


@functools.lru_cache
def classifier_network(name, verbose=1):
    """The classifier of `feature_network`, to probabilities of classes.

    Args:
        name: str. A data set with classes.
        verbose: 0 or 1. Whether to show the progress of training.

    Returns:
        keras.Model from images in [0, 1] to probabilities, of shape
        `(batch, classes)`.

    Raises:
        ValueError: if the data set is unknown or has no classes.
    """
    path = _path(name)
    if not path.exists():
        classifier = train_classifier(name, verbose=verbose)
        with files.atomic_path(path) as scratch:
            classifier.save(scratch)
    return keras.saving.load_model(path, compile=False)


def train_classifier(name, seed=0, verbose=1):
    """Trains the classifier of a data set on its training images.

    Args:
        name: str. A data set with classes.
        seed: int. Same seed, same training.
        verbose: as in `fit`.

    Returns:
        keras.Model from images in [0, 1] to probabilities, of shape
        `(batch, classes)`.

    Raises:
        ValueError: if the data set is unknown or has no classes.
    """
    num_classes = data.num_classes(name)
    if not num_classes:
        raise ValueError(
            f"{name} has no classes to train features on. Give a feature "
            "network of your own, a keras.Model from images to (batch, d)."
        )
    images, labels = data.load_arrays(name)
    keras.utils.set_random_seed(seed)
    model = _new_classifier(
        images.shape[1:],
        num_classes,
        f"{_file_name(name)}_classifier_{VERSION}",
    )
    batch_size = 128 if len(images) > 10_000 else 32
    # As many steps for small sets as they need, and few passes over large.
    epochs = int(np.clip(500_000 // len(images), 8, 150))
    steps = epochs * -(-len(images) // batch_size)
    model.compile(
        keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(2e-3, steps)
        ),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(
        images, labels, batch_size=batch_size, epochs=epochs, verbose=verbose
    )
    return model


def _new_classifier(data_shape, num_classes, name):
    layers = keras.layers
    outputs = inputs = keras.Input(data_shape)
    # Strokes are where they are drawn: a digit shifted is the same digit.
    outputs = layers.RandomTranslation(0.08, 0.08, fill_mode="nearest")(outputs)
    filters, size = 16, min(data_shape[:2])
    while size > 4 and filters <= 128:
        for _ in range(2):
            outputs = layers.Conv2D(filters, 3, padding="same", use_bias=False)(
                outputs
            )
            outputs = layers.BatchNormalization()(outputs)
            outputs = layers.ReLU()(outputs)
        outputs = layers.MaxPooling2D(padding="same")(outputs)
        filters, size = 2 * filters, -(-size // 2)
    outputs = layers.Flatten()(outputs)
    outputs = layers.Dropout(0.3)(outputs)
    outputs = layers.Dense(NUM_FEATURES, "relu", name="features")(outputs)
    outputs = layers.Dense(num_classes, "softmax", name="classes")(outputs)
    return keras.Model(inputs, outputs, name=name)


def _path(name):
    """Where the classifier is, or is to be."""
    file = f"{_file_name(name)}_{VERSION}.keras"
    if (SHIPPED / file).exists():
        return SHIPPED / file
    cache = os.environ.get("KERASGEN_CACHE_DIR", "~/.cache/kerasgen")
    return pathlib.Path(cache).expanduser() / "features" / file


def _file_name(name):
    return re.sub(r"\W+", "_", str(name)).strip("_")
