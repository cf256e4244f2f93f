"""The folder that a server polls: one version of a model a number."""

import os
import pathlib

from kerasgen.serving import configurations
from kerasgen.utils import files

# TensorFlow takes a path with these for a pattern, and finds other files by it
# or none. On Windows the last is what separates folders.
_PATTERN = set("[*?\\") - {os.sep}


def check_path(name, path):
    """Raises for a path that TensorFlow would not take as it is.

    Args:
        name: str. What the user knows it as, such as `"path"`.
        path: str or `pathlib.Path` that a SavedModel is to be in or below.

    Raises:
        ValueError: if a folder's name has characters of patterns.
    """
    found = sorted(_PATTERN.intersection(str(path)))
    if found:
        raise ValueError(
            f"Argument `{name}` must be without {' '.join(found)}, as "
            "TensorFlow takes a path with it for a pattern, and would not "
            f"find the SavedModel again. Received: {name}={path}. Rename the "
            "folder, or choose another."
        )


def versions(path):
    """The versions in a folder.

    Args:
        path: str or `pathlib.Path`.

    Returns:
        dict from number to folder, in the order of the numbers; servers read
        leading zeros too.
    """
    path = pathlib.Path(path)
    if not path.is_dir():
        return {}
    found = {
        int(child.name): child
        for child in path.iterdir()
        if child.name.isdecimal() and child.is_dir()
    }
    return dict(sorted(found.items()))


def latest(path):
    """The folder of one version.

    Args:
        path: str or `pathlib.Path`. A version's folder, or a folder of
            versions.

    Returns:
        `pathlib.Path` of the version, the highest where there are several.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if TensorFlow would take the path for a pattern.
    """
    path = pathlib.Path(path)
    check_path("path", path)
    if (path / "saved_model.pb").is_file():
        return path
    found = versions(path)
    if not found:
        raise FileNotFoundError(
            f"There is no SavedModel at {path}. Give the folder of a version, "
            "or of several, as `kerasgen export` writes them, or the name of a "
            "saved model."
        )
    return found[max(found)]


def next_version(path):
    """The number after the highest there is."""
    return max(versions(path), default=0) + 1


def too_old(path, keep, new):
    """The versions that go when `keep` remain, `new` among them."""
    others = [version for version in versions(path) if version != new]
    return others[: max(len(others) - (keep - 1), 0)]


def keep_latest(path, keep, new):
    """Removes the oldest versions that no server's configuration names.

    Each is renamed before its files go, so that a server never sees a part.

    Args:
        path: str or `pathlib.Path`.
        keep: int. How many remain.
        new: int. A version that remains in any case.

    Raises:
        ValueError: if the labels of a configuration cannot be read.
    """
    found, named = versions(path), configurations.named_versions(path)
    for version in too_old(path, keep, new):
        if version in named:
            continue
        with files.scratch_folder(path) as hidden:
            os.rename(found[version], hidden / str(version))
