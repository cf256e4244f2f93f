"""Reports of evaluations, as files."""

import pathlib

from kerasgen.utils import files


def read_report(folder):
    """What the `report.json` of a folder holds.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is damaged.
    """
    path = pathlib.Path(folder) / "report.json"
    command = f"kerasgen evaluate {folder}"
    if not path.exists():
        raise FileNotFoundError(f"There is no {path}. Make it: {command}")
    try:
        report = files.read_json(path)
    except ValueError as error:
        raise ValueError(f"{error} Make it anew: {command}") from error
    if not isinstance(report, dict):
        raise ValueError(f"{path} is no report. Make it anew: {command}")
    return report
