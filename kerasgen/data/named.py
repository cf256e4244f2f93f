"""Data sets by name: embedded ones, files, those of tensorflow_datasets."""

import numpy as np

from kerasgen.data import arrays
from kerasgen.data import downloads
from kerasgen.data import folders
from kerasgen.data import streams
from kerasgen.data.embedded import EMBEDDED
from kerasgen.data.npz import NpzFile
from kerasgen.utils.dataset_names import is_folder
from kerasgen.utils.dataset_names import is_npz


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
        name: str. `"digits"` (part of scikit-learn) or `"shapes"` (drawn, see
            `draw_shapes`; its labels are form and colour together), which need
            no download; the name of an image data set of
            `tensorflow_datasets` (`"mnist"`, `"cifar10"`, ...); or the path of
            a folder of images, or of an `.npz` file with `x_train`, `y_train`,
            `x_test` and `y_test`. Downloaded data are kept in `TFDS_DATA_DIR`
            (default `~/tensorflow_datasets`) and read from there offline.
        split: str. `"train"`, `"test"`, or what `tensorflow_datasets` accepts,
            such as `"train[:1000]"`; `"shapes"` draws any number of them.
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
    source = _in_memory(name)
    if source is not None:
        images, classes = source.arrays(split, image_size)
        if labels and classes is None:
            raise ValueError(
                "Argument `labels` must be False for data without class "
                f"labels. Received: labels=True for name={name!r}."
            )
        dataset = arrays.batches(
            arrays.columns(images, classes if labels else None), *options
        )
    elif is_folder(name):
        return folders.from_folder(
            name, image_size, split, batch_size, labels,
            shuffle=shuffle, seed=seed, drop_remainder=drop_remainder,
        )  # fmt: skip
    else:
        dataset = _load_download(name, split, labels, image_size, options)
    dataset.class_names = class_names(name)
    return dataset


def _load_download(name, split, labels, image_size, options):
    builder, number, shape = downloads.prepare(name, split, labels, image_size)
    size = folders.as_size(image_size) if image_size else shape[:2]
    if streams.fits_in_memory(number, (*size, shape[2])):
        images, classes = downloads.read(builder, split, image_size)
        return arrays.batches(
            arrays.columns(images, classes if labels else None), *options
        )
    stream = downloads.stream(builder, split, labels, size)
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
    source = _in_memory(name)
    if source is not None:
        return source.arrays(split, image_size)
    if is_folder(name):
        return folders.folder_arrays(name, image_size, split)
    builder, *_ = downloads.prepare(name, split, image_size=image_size)
    return downloads.read(builder, split, image_size)


def _in_memory(name):
    """The source of data that are read or drawn as a whole, or `None`."""
    return NpzFile(name) if is_npz(name) else EMBEDDED.get(name)


def splits(name):
    """The names of the parts of a data set.

    Args:
        name: see `load`.

    Returns:
        list of str, such as `["train", "test"]`.
    """
    source = _in_memory(name)
    if source is not None:
        return list(source.splits)
    if is_folder(name):
        return folders.splits(name)
    return list(downloads.builder_of(name).info.splits)


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
        classes, or with classes of which two have one name.

    Example:

    >>> import kerasgen
    >>> kerasgen.data.class_names("digits")[:3]
    ['0', '1', '2']
    """
    source = _in_memory(name)
    if source is not None:
        return list(source.class_names)
    if is_folder(name):
        return folders.class_names(name)
    return downloads.class_names(name)


def _count_classes(name):
    """How many classes a data set has, 0 where it has no labels."""
    source = _in_memory(name)
    if source is not None:
        return source.num_classes
    if is_folder(name):
        return len(class_names(name))
    return downloads.count_classes(name)
