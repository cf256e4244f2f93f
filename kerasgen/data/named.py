"""Data sets by name: scikit-learn's digits, files, tensorflow_datasets's."""

import socket
import sys
import urllib.request

import numpy as np
import tensorflow as tf

from kerasgen.data import arrays
from kerasgen.data import folders
from kerasgen.data import streams
from kerasgen.data.npz import NpzFile
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.dataset_names import data_dir
from kerasgen.utils.dataset_names import is_folder
from kerasgen.utils.dataset_names import is_npz
from kerasgen.utils.dataset_names import unknown
from kerasgen.utils.progress import is_terminal

_DIGITS_SPLITS = ("train", "test")


def load(
    name,
    split="train",
    batch_size=128,
    labels=False,
    shuffle=True,
    seed=None,
    image_size=None,
    drop_remainder=None,
):
    """Loads images for training as a `tf.data.Dataset`.

    Args:
        name: str. `"digits"` (part of scikit-learn, no download), the name of
            an image data set of `tensorflow_datasets` (`"mnist"`,
            `"cifar10"`, ...), or the path of a folder of images or of an
            `.npz` file with `x_train`, `y_train`, `x_test` and `y_test`.
            Downloaded data are kept in `TFDS_DATA_DIR` (default
            `~/tensorflow_datasets`) and read from there offline.
        split: str. `"train"`, `"test"`, or what `tensorflow_datasets` accepts,
            such as `"train[:1000]"`.
        batch_size: int. Images in a batch, over all replicas.
        labels: bool. Whether to return (images, labels).
        shuffle: bool. A new order each epoch, which depends on (seed, epoch)
            alone, so that a resumed run sees what an uninterrupted one would.
        seed: int or `None` for a fresh one.
        image_size: int or (height, width) to resize to, or `None`.
        drop_remainder: bool. Whether to leave out the images of an epoch that
            fill no batch. Defaults to `shuffle`.

    Returns:
        `tf.data.Dataset` of float32 images in [0, 1] of shape
        `(batch, height, width, channels)`, or of (images, int32 labels);
        cached in memory up to 2 GB, prefetched, sharded by data under a
        `tf.distribute` strategy. Its attribute `class_names` is
        `kerasgen.data.class_names(name)`.

    Raises:
        ValueError: for an unknown name or split, or data without images.
        RuntimeError: if the data are not there and cannot be downloaded.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=32, seed=0)
    >>> next(iter(data)).shape
    TensorShape([32, 8, 8, 1])
    """
    options = (batch_size, shuffle, seed, drop_remainder)
    if _is_in_memory(name):
        images, classes = images_and_labels(name, split, image_size)
        if labels and classes is None:
            raise _without_labels(name)
        dataset = arrays.batches(
            arrays.columns(images, classes if labels else None), *options
        )
    elif is_folder(name):
        return folders.from_folder(
            name, image_size, split, batch_size, labels,
            shuffle=shuffle, seed=seed, drop_remainder=drop_remainder,
        )  # fmt: skip
    else:
        dataset = _load_builder(name, split, labels, image_size, options)
    dataset.class_names = class_names(name)
    return dataset


def _load_builder(name, split, labels, image_size, options):
    builder, number, shape = _prepare(name, split, labels, image_size)
    size = folders.as_size(image_size) if image_size else shape[:2]
    if streams.fits_in_memory(number, (*size, shape[2])):
        images, classes = _read(builder, split, image_size)
        return arrays.batches(
            arrays.columns(images, classes if labels else None), *options
        )
    stream = _stream(builder, split, labels, size)
    return streams.batches(stream, number, *options)


def load_arrays(name, split="train", image_size=None):
    """Loads all images of a data set as numpy arrays.

    Args:
        name: see `load`.
        split: see `load`.
        image_size: see `load`.

    Returns:
        (images, labels): float32 in [0, 1] of shape
        `(n, height, width, channels)`, and int32 of shape `(n,)`, or `None`
        where the data have no labels.

    Raises:
        ValueError, RuntimeError: see `load`.

    Example:

    >>> import kerasgen
    >>> images, labels = kerasgen.data.load_arrays("digits", "test")
    >>> images.shape, labels.shape
    ((360, 8, 8, 1), (360,))
    """
    images, classes = images_and_labels(name, split, image_size)
    if images.dtype == np.uint8:
        images = images.astype(np.float32) / 255.0
    return images.astype(np.float32, copy=False), classes


def images_and_labels(name, split, image_size=None):
    """`load_arrays`, with images of uint8 left so."""
    if name == "digits":
        images, classes = _digits(split)
        return _resize(images, image_size), classes
    if is_npz(name):
        images, classes = NpzFile(name).images(split)
        return _resize(images, image_size), classes
    if is_folder(name):
        return folders.folder_arrays(name, image_size, split)
    builder, _, _ = _prepare(name, split, False, image_size)
    return _read(builder, split, image_size)


def _is_in_memory(name):
    return name == "digits" or is_npz(name)


def splits(name):
    """The names of the parts of a data set.

    Args:
        name: see `load`.

    Returns:
        list of str, such as `["train", "test"]`.
    """
    if name == "digits":
        return list(_DIGITS_SPLITS)
    if is_npz(name):
        return NpzFile(name).splits
    if is_folder(name):
        return folders.splits(name)
    return list(_builder(name).info.splits)


def num_classes(name):
    """How many classes the labels of a data set tell apart.

    Args:
        name: see `load`.

    Returns:
        int.

    Raises:
        ValueError: if the data have no labels.

    Example:

    >>> import kerasgen
    >>> kerasgen.data.num_classes("digits")
    10
    """
    number = _count_classes(name)
    if not number:
        raise ValueError(
            "Argument `name` must be a data set with class labels, or a "
            "folder whose images lie in a sub-folder a class. Received: "
            f"name={name!r}. Choose a model that needs no labels, or sort the "
            "images into sub-folders."
        )
    return number


def has_classes(name):
    """Whether the labels of a data set tell at least two classes apart.

    Args:
        name: see `load`.
    """
    return _count_classes(name) > 1


def class_names(name):
    """The names of the classes of a data set, in the order of their labels.

    Args:
        name: see `load`.

    Returns:
        list of str, the sub-folders of a folder; empty for data without
        classes or names of them, or with two classes of one name.

    Example:

    >>> import kerasgen
    >>> kerasgen.data.class_names("digits")[:3]
    ['0', '1', '2']
    """
    if name == "digits":
        return [str(digit) for digit in range(10)]
    if is_npz(name):
        return []
    if is_folder(name):
        return folders.class_names(name)
    found = list(getattr(_label_feature(name), "names", None) or [])
    return found if len(set(found)) == len(found) else []


def _count_classes(name):
    """How many classes a data set has, 0 where it has no labels."""
    if name == "digits" or is_folder(name):
        return len(class_names(name))
    if is_npz(name):
        return NpzFile(name).num_classes()
    return getattr(_label_feature(name), "num_classes", 0) or 0


def _label_feature(name):
    features = _builder(name).info.features
    # A FeaturesDict is no dict: it has no `get`.
    return features["label"] if "label" in features else None


def _digits(split):
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    check_choice("split", split, _DIGITS_SPLITS)
    digits = load_digits()
    images = (digits.images[..., None] / 16.0).astype(np.float32)
    classes = digits.target.astype(np.int32)
    parts = train_test_split(
        images, classes, test_size=360, random_state=0, stratify=classes
    )
    position = _DIGITS_SPLITS.index(split)
    return parts[position], parts[2 + position]


def _builder(name):
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir())
    except tfds.core.registered.DatasetNotFoundError as error:
        raise unknown(name) from error


def _prepare(name, split, labels, image_size):
    """The builder with its data on disk, the number of images, their shape."""
    builder = _builder(name)
    features = builder.info.features
    if "image" not in features or len(features["image"].shape) != 3:
        raise ValueError(
            f"Argument `name` must be a data set of images. Received: "
            f"name={name!r}, whose features are {list(features)}."
        )
    if labels and "label" not in features:
        raise _without_labels(name)
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


def _without_labels(name):
    return ValueError(
        "Argument `labels` must be False for data without class labels. "
        f"Received: labels=True for name={name!r}."
    )


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
            'the embedded data set "digits".'
        ) from error


def _check_online():
    """Raises OSError at once; tensorflow_datasets tries for minutes."""
    if not urllib.request.getproxies():  # A proxy may know what we do not.
        socket.getaddrinfo("storage.googleapis.com", 443)


def _read(builder, split, image_size):
    """All images as uint8, and labels where there are any."""
    features = builder.info.features
    wanted = {"image": True}
    if "label" in features:
        wanted["label"] = True
    import tensorflow_datasets as tfds

    # Batches, not single examples: 60,000 Python dicts would not fit.
    dataset = builder.as_dataset(
        split=split,
        shuffle_files=False,
        decoders=tfds.decode.PartialDecoding(wanted),
    )
    size = folders.as_size(image_size) if image_size else None
    if size is not None:
        dataset = dataset.map(
            lambda row: {**row, "image": _resize_image(row["image"], size)}
        )
    parts = list(dataset.batch(1024).as_numpy_iterator())
    images = np.concatenate([part["image"] for part in parts])
    if "label" not in features:
        return images, None
    labels = np.concatenate([part["label"] for part in parts])
    return images, labels.astype(np.int32)


def _stream(builder, split, labels, size):
    """Single images of a data set too large for memory."""
    dataset = builder.as_dataset(split=split, shuffle_files=False)

    def keep(row):
        image = _resize_image(row["image"], size)
        return (image, tf.cast(row["label"], tf.int32)) if labels else image

    return dataset.map(keep, num_parallel_calls=tf.data.AUTOTUNE)


def _resize_image(image, size):
    if image.shape[:2] == size:
        return image
    image = tf.image.resize(image, size, antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)


def _resize(images, image_size):
    """Images in memory, resized smoothly and within [0, 1]."""
    size = None if image_size is None else folders.as_size(image_size)
    if size in (None, images.shape[1:3]):
        return images
    images = arrays.to_float(images)
    return np.clip(tf.image.resize(images, size, antialias=True), 0, 1)
