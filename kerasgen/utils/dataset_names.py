"""Which names data sets have: known without TensorFlow."""

import os
import pathlib
import re

from kerasgen.utils.arguments import did_you_mean

# Those that need no download.
EMBEDDED = ("digits", "shapes")
EMBEDDED_TEXTS = ("python_topics", "sums")
# Offered by `names()`; any other image data set of tensorflow_datasets works.
WELL_KNOWN = {
    "digits": "8x8x1 handwritten digits of scikit-learn; needs no download",
    "shapes": "32x32x3 drawn forms, known factors; needs no download",
    "mnist": "28x28x1 handwritten digits",
    "fashion_mnist": "28x28x1 pieces of clothing",
    "kmnist": "28x28x1 Japanese characters",
    "emnist": "28x28x1 letters and digits",
    "cifar10": "32x32x3 photographs, 10 classes",
    "cifar100": "32x32x3 photographs, 100 classes",
    "svhn_cropped": "32x32x3 house numbers",
    "stl10": "96x96x3 photographs, 10 classes",
    "dsprites": "64x64x1 white forms, known factors, no test images",
    "shapes3d": "64x64x3 forms in a room, known factors, no test images",
    "oxford_flowers102": "photographs of flowers; give `image_size`",
    "celeb_a": "218x178x3 faces; give `image_size`",
}

# Offered besides, as texts (`kerasgen.data.load_text`).
TEXTS = {
    "python_topics": "the reference texts that Python brings; needs no "
    "download",
    "sums": "37+48=85 and the like, all of two numbers below 100",
    "tiny_shakespeare": "40,000 lines of plays by Shakespeare",
}


def names():
    """The well-known data sets, as a dict from name to one line about it."""
    return dict(WELL_KNOWN)


def check_known(name):
    """Raises unless a name is a folder's, a file's or a known one.

    Args:
        name: str. With configuration and version, such as `emnist/letters`.

    Raises:
        ValueError: with the names that are meant most likely.
    """
    if name in WELL_KNOWN:
        return
    if is_npz(name):
        if not pathlib.Path(name).expanduser().is_file():
            raise ValueError(
                f"Argument `path` must be an .npz file. Received: "
                f"path={name!r}, which is no file."
            )
        return
    if is_folder(name):
        if not pathlib.Path(name).expanduser().is_dir():
            raise ValueError(
                f"Argument `path` must be a folder of images. Received: "
                f"path={name!r}, which is no folder."
            )
        return
    # What other words before a colon mean, and data that are here without
    # code of theirs, tensorflow_datasets knows.
    head = name.split("/")[0]
    if ":" in name or head in _registered_names() or is_here(head):
        return
    raise unknown(name)


def unknown(name):
    """The error that says which names there are."""
    folders = [path.name for path in pathlib.Path().iterdir() if path.is_dir()]
    known = [*folders, *EMBEDDED, *_registered_names()]
    hint = did_you_mean(name, known, number=3)
    return ValueError(
        f"Argument `name` must be a folder, an .npz file, or one of "
        f"{', '.join(map(repr, WELL_KNOWN))}, or another image data set "
        f"of tensorflow_datasets. Received: name={name!r}.{hint}"
    )


def is_folder(name):
    """Whether a name is the path of a folder, and no data set's.

    A name wins over a folder of that name in the working directory, which
    `./name` says instead; names have parts too, such as `emnist/letters`.
    """
    text = str(name)
    if is_npz(name):
        return False
    if text.startswith((".", "~")) or pathlib.Path(text).is_absolute():
        return True
    if not text or not (pathlib.Path(text).is_dir() or "/" in text):
        return False
    return re.split("[/:]", text)[0] not in _registered_names()


def is_text(name):
    """Whether a name is that of a text, or the path of one.

    Args:
        name: str or `pathlib.Path`. A file, or a folder with `.txt` files, or
            with a folder of those for each class.
    """
    path = pathlib.Path(name).expanduser()
    if str(name) in TEXTS or path.is_file():
        return True
    return bool(text_files(path) or class_folders(path))


def text_files(name):
    """The `.txt` files in a folder, by their names; without hidden ones."""
    path = pathlib.Path(name).expanduser()
    found = path.glob("*.txt")
    return sorted(file for file in found if not file.name.startswith("."))


def class_folders(name):
    """The folders in a folder that have `.txt` files, by their names."""
    path = pathlib.Path(name).expanduser()
    folders = path.iterdir() if path.is_dir() else []
    return sorted(
        folder
        for folder in folders
        if folder.is_dir()
        and not folder.name.startswith(".")
        and text_files(folder)
    )


def unknown_text(name):
    """The error that says which texts there are."""
    return ValueError(
        f"Argument `name` must be one of {', '.join(map(repr, TEXTS))}, a "
        "UTF-8 file, or a folder of .txt files, or of folders of them. "
        "Received: "
        f"name={str(name)!r}.{did_you_mean(name, list(TEXTS))}"
    )


def is_npz(name):
    """Whether a name is the path of an `.npz` file."""
    return str(name).endswith(".npz")


def _registered_names():
    import tensorflow_datasets as tfds

    return tfds.list_builders(with_community_datasets=False)


def data_dir():
    """Where downloaded data are kept: `TFDS_DATA_DIR`, or a default."""
    default = pathlib.Path.home() / "tensorflow_datasets"
    return os.environ.get("TFDS_DATA_DIR", str(default))


def is_here(name):
    """Whether a data set can be loaded without a download."""
    folder = pathlib.Path(data_dir()) / name
    if name in (*EMBEDDED, *EMBEDDED_TEXTS):
        return True
    return any(folder.rglob("dataset_info.json"))
