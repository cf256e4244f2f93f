"""The file of a run's metrics, a row an epoch, as Keras's `CSVLogger` has it.

A process that was killed may have left a last row without its end, which counts
as none. Any other fault is damage, and told before the file is changed.
"""

import csv
import pathlib
import warnings

from kerasgen.utils import files

_FIRST = b"epoch"
_NONE = "NA"
_WAY_OUT = (
    "Mend it, or move it away: training goes on without the numbers of the "
    "epochs before."
)


def read_history(path):
    """The columns of a history, as a dict from name to list of float.

    Keras writes a `val_` column for every metric, and NA where it has no
    value; columns of nothing else are left out.

    Args:
        path: str or `pathlib.Path`. There need not be such a file.

    Raises:
        ValueError: if the file is damaged, with the line.
    """
    header, rows = _read(path)
    names = _fields(header)
    texts = [_fields(row) for _, row in rows]
    columns = dict(zip(names, zip(*texts))) if texts else {}
    return {
        name: [_number(path, text) for text in column]
        for name, column in columns.items()
        if set(column) != {_NONE}
    }


def keep_epochs_before(path, epoch):
    """Drops the rows of an epoch and of later ones, and what is no whole row.

    Args:
        path: str or `pathlib.Path`. Is made if it is not there.
        epoch: int, from 0.

    Returns:
        list of str: the names of the columns, the epoch first; empty in a new
        file.

    Raises:
        ValueError: if the file is damaged, with the line; it is not changed.
    """
    header, rows = _read(path)
    kept = [row for number, row in rows if number < epoch]
    numbers = [number for number, _ in rows if number < epoch]
    if header and epoch and numbers[-1:] != [epoch - 1]:
        first = numbers[-1] + 2 if numbers else 1
        warnings.warn(
            f"{path} has no numbers of epochs {first} to {epoch}: training "
            "goes on without them.",
            stacklevel=2,
        )
    with files.atomic_path(path) as scratch:
        scratch.write_bytes(b"".join([header, *kept]))
    return _fields(header)


def _read(path):
    """The header, and (epoch, row) of each row that has an end."""
    path = pathlib.Path(path)
    content = path.read_bytes() if path.exists() else b""
    lines = content.splitlines(keepends=True)
    if lines and not _FIRST.startswith(lines[0][: len(_FIRST)].rstrip()):
        raise _damaged(path, 1, lines[0])
    header, *rows = [line for line in lines if line.endswith(b"\n")] or [b""]
    width = len(_fields(header))
    numbered = []
    for number, row in enumerate(rows, 2):
        fields = _fields(row)
        if len(fields) != width or not fields[0].isdecimal():
            raise _damaged(path, number, row)
        numbered.append((int(fields[0]), row))
    return header, numbered


def _fields(line):
    # What is not UTF-8 is no number either.
    text = line.decode(errors="replace")
    return next(csv.reader([text]), [""]) if text else []


def _number(path, text):
    try:
        return float("nan" if text == _NONE else text)
    except ValueError:
        raise ValueError(
            f"{path} is damaged: {text!r} is no number. {_WAY_OUT}"
        ) from None


def _damaged(path, number, line):
    shown = line[:60].decode(errors="replace").rstrip()
    return ValueError(
        f"{path} is damaged: line {number} is {shown!r}. {_WAY_OUT}"
    )
