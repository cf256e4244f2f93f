"""Image data sets of tensorflow_datasets."""

import socket
import sys
import urllib.request

import numpy as np
import tensorflow as tf

from kerasgen.data import folders
from kerasgen.utils.dataset_names import data_dir
from kerasgen.utils.dataset_names import unknown
from kerasgen.utils.progress import is_terminal

# What factors of variation are called, where a data set has some.
_FACTOR = "label_"
# Data sets of which one factor is the class, and names of its values that
# tensorflow_datasets does not tell.
_CLASS_FACTORS = {
    "dsprites": "label_shape",
    "shapes3d": "label_shape",
    "smallnorb": "label_category",
}
_CLASS_NAMES = {"dsprites": ["square", "ellipse", "heart"]}
# Data sets whose pixels are 0 and 1 in place of 0 and 255.
_OF_BITS = {"dsprites"}


def builder_of(name):
    """The builder of a data set; raises for a name that there is not."""
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir())
    except tfds.core.registered.DatasetNotFoundError as error:
        raise unknown(name) from error


def prepare(name, split, labels=False, image_size=None):
    """The builder with its data on disk, the number of images, their shape."""
    builder = builder_of(name)
    features = builder.info.features
    if "image" not in features or len(features["image"].shape) != 3:
        raise ValueError(
            f"Argument `name` must be a data set of images. Received: "
            f"name={name!r}, whose features are {list(features)}."
        )
    if labels and _label_column(builder) is None:
        raise ValueError(
            f"Argument `labels` must be False for data without class labels. "
            f"Received: labels=True for name={name!r}, whose features are "
            f"{list(features)}."
        )
    if image_size is None and None in features["image"].shape:
        raise ValueError(
            f"Argument `image_size` must be given for {name!r}, whose images "
            "are of unequal size. Received: image_size=None. Pass 64, say."
        )
    if not builder.is_prepared():
        download(builder)
    try:
        number = builder.info.splits[split].num_examples
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"Argument `split` must be one of {list(builder.info.splits)}, or "
            f"a slice of one. Received: split={split!r}."
        ) from error
    return builder, number, features["image"].shape


def download(builder):
    """Downloads a data set of tensorflow_datasets.

    Args:
        builder: its builder.

    Raises:
        RuntimeError: if it cannot be, with what can be done.
    """
    import tensorflow_datasets as tfds

    if not is_terminal(sys.stderr):
        tfds.disable_progress_bar()
    try:
        _check_online()
        builder.download_and_prepare()
    except (
        AssertionError
    ) as error:  # Data to be downloaded by hand: it says how.
        raise RuntimeError(str(error)) from error
    # requests, urllib and TensorFlow each have network errors of their own;
    # those of the first two are kinds of OSError.
    except (
        OSError,
        tf.errors.OpError,
        tfds.download.DownloadError,
    ) as error:
        raise RuntimeError(
            f"The data set {builder.name!r} is not in {data_dir()} and could "
            f"not be downloaded ({type(error).__name__}). Connect to the "
            "internet, or set TFDS_DATA_DIR to a folder that holds it, or use "
            'the embedded data sets "digits" and "shapes".'
        ) from error


def _check_online():
    """Raises OSError at once; tensorflow_datasets tries for minutes."""
    if not urllib.request.getproxies():  # A proxy may know what we do not.
        socket.getaddrinfo("storage.googleapis.com", 443)


# === Classes and factors ===


def class_names(name):
    """See `kerasgen.data.class_names`."""
    builder = builder_of(name)
    if builder.name in _CLASS_NAMES:
        return list(_CLASS_NAMES[builder.name])
    found = list(getattr(_label_feature(builder), "names", None) or [])
    return found if len(set(found)) == len(found) else []


def count_classes(name):
    """How many classes a data set has, 0 where it has no labels."""
    feature = _label_feature(builder_of(name))
    return getattr(feature, "num_classes", 0) or 0


def factor_names(name):
    """See `kerasgen.data.factor_names`."""
    features = builder_of(name).info.features
    return [
        column.removeprefix(_FACTOR)
        for column in features
        if column.startswith(_FACTOR) and not features[column].shape
    ]


def factors(name, split):
    """Dict from each factor to an int32 array of shape `(n,)`."""
    columns = [_FACTOR + factor for factor in factor_names(name)]
    builder, *_ = prepare(name, split)
    return {
        column.removeprefix(_FACTOR): values.astype(np.int32)
        for column, values in _read_columns(builder, split, columns).items()
    }


def _label_column(builder):
    """The feature that is the class, or `None`."""
    column = _CLASS_FACTORS.get(builder.name, "label")
    return column if column in builder.info.features else None


def _label_feature(builder):
    column = _label_column(builder)
    return None if column is None else builder.info.features[column]


# === Reading ===


def read(builder, split, image_size):
    """All images as uint8, and labels where there are any."""
    label = _label_column(builder)
    size = folders.as_size(image_size) if image_size else None
    columns = ["image"] if label is None else ["image", label]
    found = _read_columns(
        builder,
        split,
        columns,
        lambda row: {**row, "image": _image_of(builder, row, size)},
    )
    if label is None:
        return found["image"], None
    return found["image"], found[label].astype(np.int32)


def stream(builder, split, labels, size):
    """Single images of a data set too large for memory."""
    label = _label_column(builder)
    dataset = builder.as_dataset(split=split, shuffle_files=False)

    def keep(row):
        image = _image_of(builder, row, size)
        return (image, tf.cast(row[label], tf.int32)) if labels else image

    return dataset.map(keep, num_parallel_calls=tf.data.AUTOTUNE)


def _read_columns(builder, split, columns, function=None):
    """Dict from each feature to an array of all its values."""
    import tensorflow_datasets as tfds

    dataset = builder.as_dataset(
        split=split,
        shuffle_files=False,
        decoders=tfds.decode.PartialDecoding(dict.fromkeys(columns, True)),
    )
    if function is not None:
        dataset = dataset.map(function)
    # Batches, not single examples: 60,000 Python dicts would not fit.
    parts = list(dataset.batch(1024).as_numpy_iterator())
    return {
        column: np.concatenate([part[column] for part in parts])
        for column in columns
    }


def _image_of(builder, row, size=None):
    """The image of an example, uint8, of a size if one is given."""
    image = row["image"]
    if builder.name in _OF_BITS:
        image *= tf.constant(255, tf.uint8)
    if size is None or image.shape[:2] == size:
        return image
    image = tf.image.resize(image, size, antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)
