"""A folder of images -> batches."""

import concurrent.futures
import os

import numpy as np
import tensorflow as tf

from kerasgen.data import arrays
from kerasgen.data import streams
from kerasgen.data.image_folder import ImageFolder
from kerasgen.utils.arguments import check_choice

# Every tenth file of the sorted list is held out for testing.
_TEST_STRIDE = 10
# Files that a thread is given at a time.
_CHUNK = 32


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
    background="white",
):
    """Makes a data set of the user's own images.

    Args:
        path: str or `pathlib.Path`. Folder with files of any format that
            Pillow reads (`.png`, `.jpg`, `.webp`, `.tiff`, `.gif`, `.bmp` and
            so on), in sub-folders by class if `labels` are wanted. Links are
            followed; hidden files and folders are left out, and so are files
            of other kinds: a `LeftOutWarning` counts them in a line.
        image_size: int or (height, width) to resize to, keeping the aspect
            ratio by cropping. `None` where all files have one size already.
        split: `"train"`, `"test"` (every tenth file) or `"all"`.
        channels: 1 (grey) or 3 (colour). Defaults to 1 if all files are grey.
        batch_size, labels, shuffle, seed, drop_remainder: see
            `kerasgen.data.load`.
        background: str. The colour that shows through where images are
            transparent, by a name that Pillow knows.

    Returns:
        `tf.data.Dataset` of float32 images in [0, 1], or (images, labels). Its
        attribute `class_names` lists the sub-folders that hold images, in
        alphabetical order; a label is a place in it. It is empty unless every
        image lies in a sub-folder. `num_images` counts the files of the split.

        Images are turned upright as their EXIF says. Of animations the first
        picture counts. Grey values of 16 bits, and floats in [0, 1], are
        scaled to 8 bits, which all others have.

    Raises:
        ValueError: for a missing or empty folder, a file that is no readable
            image, or images of unequal size where `image_size` is `None`.
            Folders of more than 2 GB of images are read while they are trained
            on, and a file that breaks off ends `fit` with this error; of other
            readers, with a `tf.errors.InvalidArgumentError` that names it.

    Example:

    ```python
    data = kerasgen.data.from_folder("photos", image_size=64, batch_size=32)
    ```
    """
    selected = Selection(path, image_size, split, labels, channels, background)
    options = batch_size, shuffle, seed, drop_remainder
    if streams.fits_in_memory(len(selected.files), selected.data_shape):
        columns = arrays.columns(selected.read_all(), selected.labels)
        dataset = arrays.batches(columns, *options)
    else:
        dataset = streams.batches_of_files(
            selected.read,
            len(selected.files),
            selected.data_shape,
            selected.labels,
            *options,
        )
    dataset.class_names = selected.class_names
    dataset.num_images = len(selected.files)
    return dataset


def folder_arrays(path, image_size, split):
    """The images of a folder as uint8 in memory, and their labels.

    Returns:
        (images, labels): uint8 array of shape `(n, height, width, channels)`,
        and int32 array of shape `(n,)` or `None` where there are no classes.
    """
    selected = Selection(path, image_size, split, labels=None)
    return selected.read_all(), selected.labels


class Selection:
    """The files of a split, and how each becomes an image.

    Args:
        labels: bool, or `None` for labels where there are classes.
        path, image_size, split, channels, background: see `from_folder`.

    Attributes:
        files: list of str.
        relative_names: list of str. The files as they lie in the folder,
            without their endings.
        data_shape: tuple of int. The shape of one image.
        class_names: list of str.
        labels: int32 array of shape `(n,)`, or `None`.
    """

    def __init__(
        self,
        path,
        image_size,
        split,
        labels,
        channels=None,
        background="white",
    ):
        # Pillow is loaded where there are files to read.
        from kerasgen.data import image_files

        self._read = image_files.read
        check_choice("split", split, ("train", "test", "all"))
        check_choice("channels", channels, (None, 1, 3))
        image_files.check_background(background)
        size = None if image_size is None else as_size(image_size)
        folder = ImageFolder(path)
        if labels and folder.labels is None:
            raise ValueError(
                "Argument `labels` must be False unless every image lies in "
                f"the sub-folder of its class. Received: labels=True for "
                f"{path}, with images beside its sub-folders."
            )
        folder.warn_of_left_out()
        size = size or _common_size(folder.files, image_files.size_of)
        if channels is None:
            channels = 1 if all(_map(image_files.is_grey, folder.files)) else 3
        self.data_shape = (*size, channels)
        self.class_names = folder.class_names
        self._background = background
        wanted = _of_split(split, len(folder.files), path)
        self.files = [folder.files[place] for place in wanted]
        self.relative_names = [
            os.path.splitext(os.path.relpath(file, folder.path))[0]
            for file in self.files
        ]
        self.labels = None
        if labels or labels is None and folder.labels is not None:
            self.labels = folder.labels[wanted]

    def read(self, index):
        """The image of a file, a uint8 array of shape `data_shape`."""
        *size, channels = self.data_shape
        return self._read(self.files[index], size, channels, self._background)

    def read_all(self):
        """The images of all files."""
        images = np.empty((len(self.files), *self.data_shape), np.uint8)

        def fill(index):
            images[index] = self.read(index)

        for _ in _map(fill, range(len(images))):
            pass
        return images


def splits(path):
    """The splits of a folder that hold images."""
    number = len(ImageFolder(path).files)
    return ["train", "test"] if number >= _TEST_STRIDE else ["train"]


def class_names(path):
    """The sub-folders of a folder, in the order of their labels; or none."""
    return ImageFolder(path).class_names


def resized(images, image_size):
    """Images in memory, resized smoothly and within [0, 1].

    Args:
        images: uint8 or float array of shape `(n, height, width, channels)`.
        image_size: int or (height, width), or `None` for images as they are.
    """
    size = None if image_size is None else as_size(image_size)
    if size in (None, images.shape[1:3]):
        return images
    images = arrays.to_float(images)
    return np.clip(tf.image.resize(images, size, antialias=True), 0, 1)


def as_size(image_size):
    """(height, width) of an int or a pair of ints."""
    pair = (image_size,) * 2 if np.ndim(image_size) == 0 else tuple(image_size)
    if len(pair) != 2 or any(int(side) != side or side < 1 for side in pair):
        raise ValueError(
            "Argument `image_size` must be a positive integer or (height, "
            f"width). Received: image_size={image_size!r}."
        )
    return tuple(int(side) for side in pair)


def _of_split(split, number, path):
    """Places of the files of a split."""
    places = np.arange(number)
    is_test = places % _TEST_STRIDE == _TEST_STRIDE - 1
    wanted = {"train": ~is_test, "test": is_test}.get(split, places >= 0)
    if not wanted.any():
        raise ValueError(
            f"Argument `split` must be one that holds images. Received: "
            f"split={split!r} of the {number} images in {path}."
        )
    return np.flatnonzero(wanted)


def _common_size(files, size_of):
    """(height, width) of all files; raises if one differs from the first."""
    sizes = _map(size_of, files)
    first = next(sizes)
    for file, size in zip(files[1:], sizes):
        if size != first:
            raise ValueError(
                "Argument `image_size` must be given where images are of "
                "unequal size. Received: "
                f"{os.path.basename(files[0])} of {first[1]}x{first[0]} and "
                f"{os.path.basename(file)} of {size[1]}x{size[0]} pixels. Pass "
                "`image_size=64`, say; of two domains, `source_size` and "
                "`target_size`."
            )
    return first


def _map(function, items):
    """What a function returns for each item, in order, by several threads.

    Pillow lets other threads run while it decodes and resizes.
    """

    def of_chunk(start):
        return [function(item) for item in items[start : start + _CHUNK]]

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for results in pool.map(of_chunk, range(0, len(items), _CHUNK)):
            yield from results
