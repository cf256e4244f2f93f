"""A folder of images -> batches."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data import arrays
from kerasgen.data import streams
from kerasgen.utils.arguments import check_choice

_ENDINGS = {".bmp", ".gif", ".jpeg", ".jpg", ".png"}
# Every tenth file of the sorted list is held out for testing.
_TEST_STRIDE = 10


def from_folder(
    path,
    image_size=None,
    split="all",
    batch_size=128,
    labels=False,
    channels=None,
    shuffle=True,
    seed=None,
    drop_remainder=None,
):
    """Makes a data set of the user's own images.

    Args:
        path: str or `pathlib.Path`. Folder with `.png`, `.jpg`, `.bmp` or
            `.gif` files, in sub-folders by class if `labels` are wanted.
        image_size: int or (height, width) to resize to, keeping the aspect
            ratio by cropping. `None` where all files have one size already.
        split: `"train"`, `"test"` (every tenth file) or `"all"`.
        channels: 1 (grey) or 3 (colour). Defaults to 1 if all files are grey.
        batch_size, labels, shuffle, seed, drop_remainder: see
            `kerasgen.data.load`.

    Returns:
        `tf.data.Dataset` of float32 images in [0, 1], or (images, labels);
        labels number the sub-folders in alphabetical order.

    Raises:
        ValueError: for a missing or empty folder, a file that is no readable
            image, or images of unequal size where `image_size` is `None`.

    Example:

    ```python
    data = kerasgen.data.from_folder("photos", image_size=64, batch_size=32)
    ```
    """
    images, class_labels = folder_arrays(
        path, image_size, split, labels, channels, in_memory=False
    )
    if isinstance(images, tf.data.Dataset):
        number = int(images.cardinality())
        return streams.batches(
            images, number, batch_size, shuffle, seed, drop_remainder
        )
    return arrays.batches(
        images, class_labels, batch_size, shuffle, seed, drop_remainder
    )


def folder_arrays(path, image_size, split, labels, channels, in_memory=True):
    """The images of a folder as uint8, in memory or as a stream.

    Args:
        in_memory: bool. `False` returns a stream in place of the images where
            they are too many.

    Returns:
        (images, labels): uint8 array and int array or `None`.
    """
    check_choice("split", split, ("train", "test", "all"))
    check_choice("channels", channels, (None, 1, 3))
    files = _image_files(path)
    if labels and not has_classes(path):
        raise ValueError(
            "Argument `labels` must be False unless every image lies in the "
            f"sub-folder of its class. Received: labels=True for {path}, with "
            "images beside its sub-folders."
        )
    size, num_channels = _inspect(files, image_size)
    channels = channels or num_channels
    stream = keras.utils.image_dataset_from_directory(
        str(_folder(path)),
        labels="inferred" if labels else None,
        color_mode="grayscale" if channels == 1 else "rgb",
        image_size=size,
        batch_size=None,
        shuffle=False,
        crop_to_aspect_ratio=True,
        verbose=False,
    )
    positions = np.arange(len(stream.file_paths))
    is_test = positions % _TEST_STRIDE == _TEST_STRIDE - 1
    wanted = {"train": ~is_test, "test": is_test}.get(split, positions >= 0)
    if not wanted.any():
        raise ValueError(
            f"Argument `split` must be one that holds images. Received: "
            f"split={split!r} of the {len(positions)} images in {path}."
        )
    paths = [p for p, keep in zip(stream.file_paths, wanted) if keep]
    stream = _select(stream, wanted)
    if in_memory or streams.fits_in_memory(len(paths), (*size, channels)):
        return _read_all(stream, paths, (*size, channels), labels)
    return stream, None


def splits(path):
    """The splits of a folder that hold images."""
    number = len(_image_files(path))
    return ["train", "test"] if number >= _TEST_STRIDE else ["train"]


def has_classes(path):
    """Whether every image of a folder lies in a sub-folder, its class."""
    return all(file.parent != _folder(path) for file in _image_files(path))


def class_names(path):
    """The sub-folders of a folder, in the order of their labels; or none."""
    if not has_classes(path):
        return []
    files = _image_files(path)
    return sorted({f.relative_to(_folder(path)).parts[0] for f in files})


def _folder(path):
    return pathlib.Path(path).expanduser()


def _image_files(path):
    path = _folder(path)
    if not path.is_dir():
        raise ValueError(
            f"Argument `path` must be a folder of images. Received: "
            f"path={str(path)!r}, which is no folder."
        )
    files = sorted(
        file for file in path.rglob("*") if file.suffix.lower() in _ENDINGS
    )
    if not files:
        raise ValueError(
            f"Argument `path` must be a folder with images "
            f"({', '.join(sorted(_ENDINGS))}). Received: path={str(path)!r}, "
            "which holds none."
        )
    return files


def _inspect(files, image_size):
    """(height, width) and channels to read images at, from files' headers."""
    from PIL import Image

    first = None
    channels = 1
    for file in files:
        try:
            with Image.open(file) as image:
                size, mode = image.size, image.mode
                image.verify()
        except (OSError, SyntaxError) as error:
            raise ValueError(
                f"Every image of the folder must be readable. Received: "
                f"{file}, which is not ({error}). Remove or replace it."
            ) from error
        if mode not in ("1", "L", "LA"):
            channels = 3
        if image_size is None and first is not None and size != first[1]:
            raise ValueError(
                "Argument `image_size` must be given where images are of "
                f"unequal size. Received: {first[0].name} of "
                f"{first[1][0]}x{first[1][1]} and {file.name} of "
                f"{size[0]}x{size[1]} pixels. Pass `image_size=64`, say."
            )
        first = first or (file, size)
    if image_size is None:
        width, height = first[1]
        return (height, width), channels
    return as_size(image_size), channels


def as_size(image_size):
    """(height, width) of an int or a pair of ints."""
    pair = (image_size,) * 2 if np.ndim(image_size) == 0 else tuple(image_size)
    if len(pair) != 2 or any(int(side) != side or side < 1 for side in pair):
        raise ValueError(
            "Argument `image_size` must be a positive integer or (height, "
            f"width). Received: image_size={image_size!r}."
        )
    return tuple(int(side) for side in pair)


def _select(stream, wanted):
    number = int(wanted.sum())
    flags = tf.data.Dataset.from_tensor_slices(wanted)
    stream = tf.data.Dataset.zip(flags, stream)
    stream = stream.filter(lambda flag, _: flag).map(_as_uint8)
    return stream.apply(tf.data.experimental.assert_cardinality(number))


def _as_uint8(_, element):
    if isinstance(element, tuple):
        image, label = element
        return tf.cast(tf.round(image), tf.uint8), label
    return tf.cast(tf.round(element), tf.uint8)


def _read_all(stream, paths, data_shape, has_labels):
    images = np.empty((len(paths), *data_shape), np.uint8)
    class_labels = np.empty(len(paths), np.int32) if has_labels else None
    elements = iter(stream.prefetch(tf.data.AUTOTUNE))
    for index, file in enumerate(paths):
        try:
            element = next(elements)
        except tf.errors.InvalidArgumentError as error:
            raise ValueError(
                f"Every image of the folder must be readable. Received: "
                f"{file}, which breaks off. Remove or replace it."
            ) from error
        if has_labels:
            images[index], class_labels[index] = element
        else:
            images[index] = element
    return images, class_labels
