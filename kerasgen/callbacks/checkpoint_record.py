"""What a checkpoint says of itself: after which epoch, of what, and for what.

It is a further file in the `.keras` archive, which Keras does not look at.
"""

import json
import pathlib
import zipfile
from collections.abc import Mapping
from typing import Any

import keras

from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import arguments_of
from kerasgen.utils.arguments import differences

_FILE = "kerasgen.json"
# They may be others in the same program started anew: Keras counts names, a
# model without a seed draws one, and parts may be frozen, or classes be given
# names, later.
_NOT_COMPARED = {"name", "seed", "trainable", "trainability", "class_names"}


def write(
    path: pathlib.Path,
    epoch: int,
    model: keras.Model,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Adds the record to a `.keras` file.

    Args:
        path: `pathlib.Path`.
        epoch: int. Number of epochs that the model has trained.
        model: `GenerativeModel`.
        settings: dict of JSON values, or `None`. What it is trained with.
    """
    record = {"epoch": epoch, "model": _described(model), "settings": settings}
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(_FILE, json.dumps(record))


def read(path: pathlib.Path) -> dict[str, Any]:
    """The record of a whole checkpoint.

    Args:
        path: `pathlib.Path` of a file named `epoch_` and a number.

    Raises:
        ValueError: if there is none, or the name is that of another epoch.
    """
    with zipfile.ZipFile(path) as archive:
        if _FILE not in archive.namelist():
            raise ValueError(
                f"{path} does not say which run it is of: an older kerasgen "
                "wrote it. Move it away, or train anew in another folder."
            )
        record = json.loads(archive.read(_FILE))
    if record["epoch"] != int(path.stem.rpartition("_")[2]):
        raise ValueError(
            f"{path} has another name than it was written with: it is of "
            f"{record['epoch']} epochs. Move it away, or name it "
            f"epoch_{record['epoch']:04d}.keras again."
        )
    return record


def check_same_model(path: pathlib.Path, model: keras.Model) -> None:
    """Raises unless a checkpoint is of such a model.

    Args:
        path: `pathlib.Path` of a whole checkpoint.
        model: `GenerativeModel`.

    Raises:
        ValueError: with every difference in a line.
    """
    now = _described(model)
    # Arguments that the model has gained since were at their defaults.
    defaults = {
        name: argument.as_json(argument.default)
        for name, argument in arguments_of(type(model)).items()
        if name in now and argument.default is not REQUIRED
    }
    defaults = json.loads(json.dumps(defaults, default=repr))
    before = {**defaults, **read(path)["model"]}
    _check_same(path, before, now, "another model")


def check_same_settings(
    path: pathlib.Path, settings: Mapping[str, Any]
) -> None:
    """Raises unless a checkpoint was trained with these settings.

    Args:
        path: `pathlib.Path` of a whole checkpoint.
        settings: dict of JSON values.

    Raises:
        ValueError: with every difference in a line.
    """
    found = read(path)["settings"] or {}
    _check_same(path, found, json.loads(json.dumps(settings)), "another run")


def _check_same(path, before, now, of_another):
    lines = differences(before, now)
    if lines:
        raise ValueError(
            f"{path} is a checkpoint of {of_another}:\n"
            + "\n".join(lines)
            + "\nMove it away, or choose another folder."
        )


def _described(model):
    """Kind, arguments and shapes of weights, as JSON values."""
    config = {
        name: value
        for name, value in model.get_config().items()
        # Networks of the user's own are known by their weights.
        if name not in _NOT_COMPARED and not _is_network(value)
    }
    config["dtype"] = model.dtype_policy.name
    shapes = [weight.shape for weight in model.weights]
    described = {"kind": type(model).__name__, **config, "weights": shapes}
    return json.loads(json.dumps(described, default=repr))


def _is_network(value):
    return isinstance(value, dict) and "class_name" in value
