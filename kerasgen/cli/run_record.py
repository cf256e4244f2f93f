"""What a run says of itself in `config.json`: with what it was trained."""

import importlib.metadata
import json

from kerasgen.utils import files
from kerasgen.utils.arguments import differences
from kerasgen.version import __version__

# What a resumed run may change: how long it trains, and how fast it learns.
MAY_CHANGE = ("epochs", "learning_rate")
_RATES = "learning_rates"
_FINISHED = "finished_epochs"


# Settings of runs of before, by what they are called now.
_RENAMED = {"placement": "initialization"}


class DamagedRecordError(ValueError):
    """A `config.json` that cannot be read, or says what cannot be."""


def read(path):
    """The record of a run.

    Args:
        path: `pathlib.Path` of a `config.json`, which others call theirs too.

    Returns:
        dict, or `None` if there is no such file, or it is none of a run.

    Raises:
        DamagedRecordError: with what is wrong.
    """
    if not path.is_file():
        return None
    try:
        record = files.read_json(path)
    except ValueError as error:
        raise DamagedRecordError(str(error)) from error
    if not isinstance(record, dict) or not {"settings", "versions"} <= set(
        record
    ):
        return None
    _check(path, record)
    for before, now in _RENAMED.items():
        if before in record["settings"]:
            record["settings"][now] = record["settings"].pop(before)
    return record


def write(path, settings, model, rates, finished=None):
    """Writes the record of a run.

    Args:
        path: `pathlib.Path`.
        settings: dict of JSON values.
        model: `GenerativeModel`.
        rates: list, as `learning_rates` returns it.
        finished: int, or `None`. Of how many epochs the results are that the
            run has; a run that is trained longer keeps them until its end.
    """
    record = {
        "settings": settings,
        _RATES: rates,
        _FINISHED: finished,
        "data_shape": model.data_shape,
        "class_names": model.class_names,
        "versions": {
            "kerasgen": __version__,
            "keras": importlib.metadata.version("keras"),
            "tensorflow": importlib.metadata.version("tensorflow"),
        },
    }
    files.write_json(path, record)


def write_finished(path, epochs):
    """Writes of how many epochs the results are, in the record of a run."""
    files.write_json(path, {**files.read_json(path), _FINISHED: epochs})


def rate_at(record, epoch):
    """The learning rate that a run has trained its last epochs with.

    Args:
        record: dict.
        epoch: int, at least 1. Number of epochs that it has trained.

    Returns:
        float, or `None` for the model's own.
    """
    return _until(record, epoch)[-1]["value"]


def check_same(folder, record, settings):
    """Raises unless a run was started with these settings.

    Args:
        folder: `pathlib.Path` of the run.
        record: dict.
        settings: dict of what the resumed run would be trained with.

    Raises:
        ValueError: with every difference in a line.
    """
    lines = differences(lasting(record["settings"]), lasting(settings))
    if lines:
        raise ValueError(
            f"The run in {folder} was started with other settings:\n"
            + "\n".join(lines)
            + "\nResume it with its own, or choose another --run-dir."
        )


def lasting(settings):
    """The settings that are the same in all epochs of a run."""
    return {
        name: value
        for name, value in settings.items()
        if name not in MAY_CHANGE
    }


def learning_rates(record, epoch, rate):
    """From which epoch on a run has trained with which learning rate.

    Args:
        record: dict, or `None` for a new run.
        epoch: int. Number of epochs that it has trained.
        rate: float, or `None` for the model's own. What it goes on with.

    Returns:
        list of dicts with `from_epoch`, counted from 1, and `value`.
    """
    kept = _until(record, epoch) if record else []
    if kept and kept[-1]["value"] == rate:
        return kept
    return [*kept, {"from_epoch": epoch + 1, "value": rate}]


def _until(record, epoch):
    return [entry for entry in record[_RATES] if entry["from_epoch"] <= epoch]


def _check(path, record):
    settings = record["settings"]
    if not isinstance(settings, dict):
        raise _wrong(path, "settings", "an object", settings)
    for name, expected, fits in (
        ("model", "a word", lambda value: isinstance(value, str)),
        ("dataset", "a word", lambda value: isinstance(value, str)),
        ("network", "a word", lambda value: isinstance(value, str)),
        ("epochs", "a positive integer", _is_positive_integer),
        ("learning_rate", "a number from 0 on, or null", _is_rate),
    ):
        if not fits(settings.get(name)):
            raise _wrong(path, name, expected, settings.get(name))
    rates = record.setdefault(
        # Runs of old did not change it.
        _RATES,
        [{"from_epoch": 1, "value": settings.get("learning_rate")}],
    )
    if not _are_rates(rates):
        raise _wrong(path, _RATES, "a list of from_epoch and value", rates)
    # Runs of old had no results while they were trained longer.
    finished = record.setdefault(_FINISHED, settings["epochs"])
    if finished is not None and not _is_positive_integer(finished):
        expected = "a positive integer, or null"
        raise _wrong(path, _FINISHED, expected, finished)


def _are_rates(rates):
    return (
        isinstance(rates, list)
        and bool(rates)
        and all(map(_is_entry, rates))
        and rates[0]["from_epoch"] == 1
    )


def _is_entry(entry):
    return (
        isinstance(entry, dict)
        and _is_positive_integer(entry.get("from_epoch"))
        and _is_rate(entry.get("value"))
    )


def _is_positive_integer(value):
    return type(value) is int and value > 0


def _is_rate(value):
    return value is None or type(value) in (int, float) and value >= 0


def _wrong(path, name, expected, value):
    return DamagedRecordError(
        f"{path} is damaged: `{name}` must be {expected}, and is "
        f"{json.dumps(value)[:60]}."
    )
