"""Reports of evaluations, as files."""

import pathlib

from kerasgen.utils import files


def read_report(folder):
    """What the `report.json` of a folder holds.

    Raises:
        FileNotFoundError: if there is none.
    """
    path = pathlib.Path(folder) / "report.json"
    if not path.exists():
        raise FileNotFoundError(
            f"There is no {path}. Make it: kerasgen evaluate {folder}"
        )
    return files.read_json(path)
