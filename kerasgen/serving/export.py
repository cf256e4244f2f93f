"""Signatures -> a version folder of a SavedModel, whole or not at all."""

import pathlib

import keras

from kerasgen.utils import files


def export(signatures, path, version=None):
    """Writes a new version of a SavedModel.

    It is written to a hidden neighbour and renamed, so that a server that
    polls the folder never sees a part.

    Args:
        signatures: dict from name to (function, list of `tf.TensorSpec`).
        path: str or `pathlib.Path`. Folder of the versions.
        version: int. Defaults to one more than the highest there is.

    Returns:
        `pathlib.Path` of the new version's folder.

    Raises:
        ValueError: if `version` is no positive integer.
        FileExistsError: if the version is there already.
    """
    path = pathlib.Path(path)
    if version is None:
        version = max(versions(path), default=0) + 1
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError(
            "Argument `version` must be a positive integer, as TensorFlow "
            f"Serving reads it. Received: version={version!r}."
        )
    target = path / str(version)
    if target.exists():
        raise FileExistsError(
            f"Version {version} is in {path} already, and is not overwritten. "
            "Leave out `version` for the next free one."
        )
    # Without `track()`, weights are stored once and optimizers not at all.
    archive = keras.export.ExportArchive()
    for name, (function, specs) in signatures.items():
        archive.add_endpoint(name, function, input_signature=specs)
    with files.atomic_path(target) as scratch:
        archive.write_out(str(scratch), verbose=False)
    return target


def versions(path):
    """The version numbers in a folder, in order."""
    path = pathlib.Path(path)
    if not path.is_dir():
        return []
    return sorted(
        int(child.name)
        for child in path.iterdir()
        if child.name.isdecimal() and child.is_dir()
    )
