"""The folder that a server polls: one version of a model a number."""

import os
import pathlib
import shutil
import tempfile


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


def latest(path):
    """The folder of one version.

    Args:
        path: str or `pathlib.Path`. A version's folder, or a folder of
            versions.

    Returns:
        `pathlib.Path` of the version, the highest where there are several.

    Raises:
        FileNotFoundError: if there is none.
    """
    path = pathlib.Path(path)
    if (path / "saved_model.pb").is_file():
        return path
    found = versions(path)
    if not found:
        raise FileNotFoundError(
            f"There is no SavedModel at {path}. Give the folder of a version, "
            "or of several, as `kerasgen export` writes them."
        )
    return path / str(found[-1])


def keep_latest(path, keep, new):
    """Removes the oldest versions.

    Each is renamed before its files go, so that a server never sees a part.

    Args:
        path: str or `pathlib.Path`.
        keep: int. How many remain.
        new: int. A version that remains in any case.
    """
    path = pathlib.Path(path)
    others = [version for version in versions(path) if version != new]
    for version in others[: max(len(others) - (keep - 1), 0)]:
        hidden = tempfile.mkdtemp(prefix=".removed-", dir=path)
        os.rename(path / str(version), pathlib.Path(hidden) / str(version))
        shutil.rmtree(hidden)
