"""Which servers' configurations name versions of a folder.

`write_server_config` leaves a hidden file beside the versions, so that whoever
deletes the oldest ones knows of the labels. Servers pass it over.
"""

import pathlib

from kerasgen.serving import models_config
from kerasgen.utils import files

FILE = ".configurations.json"


def remember(path, folder):
    """Notes that a configuration names versions.

    Args:
        path: `pathlib.Path`. Folder of the versions.
        folder: `pathlib.Path`. Of the configuration.
    """
    found, folder = _read(path), str(pathlib.Path(folder).resolve())
    if folder not in found:
        files.write_json(pathlib.Path(path) / FILE, [*found, folder])


def named_versions(path):
    """Versions that running servers may have labels of, a set.

    Args:
        path: str or `pathlib.Path`. Folder of the versions.

    Raises:
        ValueError: if the labels of a configuration cannot be read.
    """
    return set().union(*map(models_config.named_versions, _read(path)))


def _read(path):
    """Folders of configurations, as a list of str; some may have gone."""
    file = pathlib.Path(path) / FILE
    return files.read_json(file) if file.is_file() else []
