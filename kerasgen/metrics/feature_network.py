"""Networks whose features distances are taken of, one a data set."""

import functools
import hashlib
import itertools
import os
import pathlib
import re

import keras
import numpy as np

from kerasgen import data
from kerasgen.data.batch_source import counters_of
from kerasgen.data.epochs import SetEpoch
from kerasgen.networks.layer_defaults import layer_defaults
from kerasgen.utils import files
from kerasgen.utils.dataset_names import EMBEDDED
from kerasgen.utils.dataset_names import is_folder
from kerasgen.utils.dataset_names import is_npz
from kerasgen.utils.epoch_lines import fit_output

NUM_FEATURES = 64
SHIPPED = pathlib.Path(__file__).parent / "weights"
# In the names of files, so that features of another kind are another file.
VERSION, SHIPPED_VERSION = 2, 1
# Filters of each size of image: photographs have more to tell apart than digits
# and drawn forms.
_NARROW, _WIDE = (16, 32, 64, 128), (16, 64, 128, 256)


def feature_network(
    name: str, image_size: int | tuple[int, int] | None = None, verbose: int = 1
) -> keras.Model:
    """A network from images of a data set to 64 features.

    They are the last hidden layer of a small convolutional classifier of the
    data set or, where it has no classes, the codes of an autoencoder, which see
    less of what matters. Those of `"digits"` and `"mnist"` are part of
    kerasgen; others are trained on first use, and kept in
    `KERASGEN_CACHE_DIR` (default `~/.cache/kerasgen`). Distances of different
    features do not compare; the network's `name` says which they are.

    Args:
        name: str. A data set or a folder (see `kerasgen.data.load`).
        image_size: int, (height, width) or None for the size that the images
            have: what they are resized to, as in `kerasgen.data.load`.
        verbose: 0 or 1. Whether to show the progress of training.

    Returns:
        keras.Model from images in [0, 1] to features of shape `(batch, 64)`.

    Raises:
        ValueError: if the data set is unknown.

    Example:

    >>> network = feature_network("digits")
    >>> network(np.zeros((3, 8, 8, 1), "float32")).shape
    TensorShape([3, 64])
    >>> network.name
    'digits_classifier_1'
    """
    trained = _trained(name, _as_size(image_size), verbose)
    return keras.Model(
        trained.input, trained.get_layer("features").output, name=trained.name
    )


def classifier_network(
    name: str, image_size: int | tuple[int, int] | None = None, verbose: int = 1
) -> keras.Model:
    """The classifier of `feature_network`, to probabilities of classes.

    Args:
        name: str. A data set with classes.
        image_size: see `feature_network`.
        verbose: 0 or 1. Whether to show the progress of training.

    Returns:
        keras.Model from images in [0, 1] to probabilities, of shape
        `(batch, classes)`.

    Raises:
        ValueError: if the data set is unknown or has no two classes.
    """
    if not data.has_classes(name):
        raise ValueError(
            f"{name} has no classes to tell apart, so there is no classifier "
            "of it. Give one of your own, a keras.Model from images to "
            "probabilities, or do without."
        )
    return _trained(name, _as_size(image_size), verbose)


def _as_size(image_size):
    """A size as it is compared: a pair, or None."""
    if image_size is None:
        return None
    return tuple(int(side) for side in np.broadcast_to(image_size, 2))


@functools.lru_cache
def _trained(name, image_size, verbose):
    """The classifier or autoencoder of a data set."""
    label = _label(name, image_size)
    path = SHIPPED / f"{label}_{SHIPPED_VERSION}.keras"
    if image_size is not None and not path.exists():
        # The size may be the one that the images have.
        native = _trained_if_shipped(name)
        if native is not None and native.input_shape[1:3] == image_size:
            return native
    if not path.exists():
        cache = os.environ.get("KERASGEN_CACHE_DIR", "~/.cache/kerasgen")
        folder = pathlib.Path(cache).expanduser() / "features"
        path = folder / f"{label}_{VERSION}.keras"
    if not path.exists():
        network = train_network(name, image_size, verbose=verbose)
        with files.atomic_path(path) as scratch:
            network.save(scratch)
    return keras.saving.load_model(path, compile=False)


def _trained_if_shipped(name):
    path = SHIPPED / f"{_label(name, None)}_{SHIPPED_VERSION}.keras"
    return _trained(name, None, 0) if path.exists() else None


def train_network(
    name: str,
    image_size: int | tuple[int, int] | None = None,
    seed: int = 0,
    verbose: int = 1,
) -> keras.Model:
    """Trains the network of a data set on its training images.

    Args:
        name: str. A data set.
        image_size: see `feature_network`.
        seed: int. Same seed, same training; nothing else is seeded by it.
        verbose: as in `fit`.

    Returns:
        keras.Model with a layer `"features"`, from images in [0, 1] to
        probabilities of classes, or to images where there are no classes.

    Raises:
        ValueError: if the data set is unknown.
    """
    images, labels = data.load_arrays(name, "train", image_size)
    has_classes = data.has_classes(name)
    batch_size = 128 if len(images) > 10_000 else 32
    dataset = data.from_arrays(
        images,
        labels if has_classes else None,
        batch_size,
        seed=seed,
        drop_remainder=False,
    )
    inputs, seeds = keras.Input(images.shape[1:]), itertools.count(seed)
    is_simple = images.shape[-1] == 1 or name in EMBEDDED
    features = _to_features(inputs, seeds, _NARROW if is_simple else _WIDE)
    if has_classes:
        outputs = _to_classes(features, data.num_classes(name), seeds)
        loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
    else:
        outputs = _to_images(features, images.shape[1:], seeds)
        loss, metrics = "mse", []
        dataset = dataset.map(lambda batch: (batch, batch))
    kind = "classifier" if has_classes else "autoencoder"
    model = keras.Model(
        inputs, outputs, name=f"{_label(name, image_size)}_{kind}_{VERSION}"
    )
    # As many steps for small sets as they need, and few passes over large.
    epochs = int(np.clip(500_000 // len(images), 8, 150))
    steps = epochs * -(-len(images) // batch_size)
    model.compile(
        keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(2e-3, steps)
        ),
        loss,
        metrics=metrics,
    )
    verbose, shows = fit_output(verbose)
    model.fit(
        dataset,
        epochs=epochs,
        verbose=verbose,
        callbacks=[SetEpoch(counters_of(dataset)), *shows],
    )
    return model


@layer_defaults()
def _to_features(inputs, seeds, widths):
    layers = keras.layers
    height, width, _ = inputs.shape[1:]
    # Strokes are where they are drawn: a digit shifted is the same digit.
    outputs = layers.RandomTranslation(
        0.08, 0.08, fill_mode="nearest", seed=next(seeds)
    )(inputs)
    size = min(height, width)
    for filters in widths:
        if size <= 4:
            break
        for _ in range(2):
            outputs = layers.Conv2D(
                filters,
                3,
                padding="same",
                use_bias=False,
                kernel_initializer=_initializer(seeds),
            )(outputs)
            outputs = layers.BatchNormalization()(outputs)
            outputs = layers.ReLU()(outputs)
        outputs = layers.MaxPooling2D(padding="same")(outputs)
        size = -(-size // 2)
    outputs = layers.Flatten()(outputs)
    outputs = layers.Dropout(0.3, seed=next(seeds))(outputs)
    return layers.Dense(
        NUM_FEATURES,
        "relu",
        name="features",
        kernel_initializer=_initializer(seeds),
    )(outputs)


def _to_classes(features, num_classes, seeds):
    return keras.layers.Dense(
        num_classes,
        "softmax",
        name="classes",
        kernel_initializer=_initializer(seeds),
    )(features)


def _to_images(features, data_shape, seeds):
    outputs = features
    for units, activation in (
        (512, "relu"),
        (int(np.prod(data_shape)), "sigmoid"),
    ):
        outputs = keras.layers.Dense(
            units, activation, kernel_initializer=_initializer(seeds)
        )(outputs)
    return keras.layers.Reshape(data_shape)(outputs)


def _initializer(seeds):
    """Keras's default, with a seed of its own instead of the global one."""
    return keras.initializers.GlorotUniform(next(seeds))


def _label(name, image_size):
    """What tells the network of these images from others, in a file name."""
    label = re.sub(r"\W+", "_", str(name)).strip("_")
    if is_folder(name) or is_npz(name):
        # Its path is not enough: images may have come or gone.
        path = pathlib.Path(name).expanduser().resolve()
        listed = sorted(
            f"{file} {file.stat().st_size}"
            for file in (path, *path.rglob("*"))
            if file.is_file()
        )
        digest = hashlib.sha256("\n".join(listed).encode()).hexdigest()[:12]
        label = f"{label[-40:].strip('_')}_{digest}"
    if image_size is not None:
        label += "_{}x{}".format(*image_size)
    return label
