"""A folder -> its image files, their classes, and what was left out."""

import collections
import os
import pathlib
import warnings

import numpy as np

# Copies that systems and servers keep beside the files of the user.
_HIDDEN = {"__macosx", "@eadir"}


class LeftOutWarning(UserWarning):
    """Says which entries of a folder are no images to train on."""


class ImageFolder:
    """The image files of a folder and of its sub-folders.

    Hidden files and folders are left out, links are followed; a folder that
    links lead to several times counts once in a class.

    Args:
        path: str or `pathlib.Path`.

    Attributes:
        path: `pathlib.Path`.
        files: list of str. Sorted; those of a folder before those of its
            sub-folders.
        class_names: list of str. The sub-folders, if every image lies in one;
            those without images are no classes.
        labels: int32 array of shape `(n,)`, places in `class_names`; `None`
            without classes.

    Raises:
        ValueError: if there is no such folder, or no image in it.
    """

    def __init__(self, path):
        # Pillow is loaded where there are files to read.
        from kerasgen.data import image_files

        self.path = pathlib.Path(path).expanduser()
        if not self.path.is_dir():
            raise ValueError(
                f"Argument `path` must be a folder of images. Received: "
                f"path={str(self.path)!r}, which is no folder."
            )
        self._endings = image_files.endings()
        self._left_out = collections.Counter()
        self._without_images = []
        beside, classes = self._find()
        self.files = [*beside, *(file for c in classes.values() for file in c)]
        if not self.files:
            raise ValueError(
                f"Argument `path` must be a folder with images "
                f"({', '.join(sorted(self._endings))}). Received: "
                f"path={str(self.path)!r}, which holds none."
            )
        self.class_names = [] if beside else list(classes)
        self.labels = None
        if self.class_names:
            sizes = [len(files) for files in classes.values()]
            self.labels = np.repeat(
                np.arange(len(sizes), dtype=np.int32), sizes
            )

    def warn_of_left_out(self):
        """Warns in one line, which Python shows once for a folder."""
        parts = [
            f"{number} {kind}"
            for kind, number in sorted(self._left_out.items())
        ]
        if self._without_images:
            number = len(self._without_images)
            parts.append(
                f"{number} folder{'s' if number > 1 else ''} without images "
                f"({', '.join(self._without_images[:3])}"
                f"{', ...' if number > 3 else ''})"
            )
        if parts:
            warnings.warn(
                f"Left out of {self.path}: {', '.join(parts)}.",
                LeftOutWarning,
                stacklevel=4,
            )

    def _find(self):
        """Files beside the sub-folders, and a dict from class to files."""
        beside, folders = self._entries(self.path)
        classes = {}
        for name in folders:
            seen = {_identity(self.path)}
            found = list(self._below(self.path / name, seen))
            if found:
                classes[name] = found
            else:
                self._without_images.append(name)
        return beside, classes

    def _below(self, folder, seen):
        # A link may lead back to where it lies.
        identity = _identity(folder)
        if identity in seen:
            return
        seen.add(identity)
        files, folders = self._entries(folder)
        yield from files
        for name in folders:
            yield from self._below(os.path.join(folder, name), seen)

    def _entries(self, folder):
        """Paths of the images in a folder, and names of its sub-folders."""
        files, folders = [], []
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.startswith(".") or entry.name.lower() in _HIDDEN:
                    self._left_out["hidden"] += 1
                elif os.path.isdir(entry.path):
                    folders.append(entry.name)
                # A pipe, say, of which nothing might ever be read.
                elif _is_special(entry.path):
                    self._left_out["neither file nor folder"] += 1
                elif _ending(entry.name) in self._endings:
                    files.append(entry.path)
                else:
                    kind = _ending(entry.name) or "without an ending"
                    self._left_out[kind] += 1
        return files, folders


def _is_special(path):
    return os.path.exists(path) and not os.path.isfile(path)


def _identity(folder):
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _ending(name):
    return os.path.splitext(name)[1].lower()
