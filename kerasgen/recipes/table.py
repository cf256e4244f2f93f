"""Reads the table of recipes, and checks what stands in it."""

import math
import tomllib

from kerasgen.recipes.recipe import Recipe
from kerasgen.utils.arguments import did_you_mean

# In the place of a data set: the recipe for all that have none of their own.
DEFAULT = "default"

_NAMES = ("arguments", "network_options", "text", "training", "result")
_OF_TEXT = ("tokenizer", "length", "documents")
_REQUIRED = ("batch_size", "epochs")
_OF_TRAINING = (*_REQUIRED, "learning_rate", "learning_rate_schedule")
SCHEDULES = ("constant", "cosine")


def read_table(text):
    """The recipes of a table in TOML.

    Args:
        text: str. As `kerasgen/recipes/recipes.toml`, which says what an entry
            holds.

    Returns:
        dict from the name of a model to a dict from the name of a data set to
        `Recipe`.

    Raises:
        ValueError: where an entry is not complete, or holds something else,
            with its place in the table.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(
            f"The table of recipes must be TOML. Received: {error}."
        ) from error
    return {model: _recipes(model, found) for model, found in table.items()}


def _recipes(model, entries):
    _check(isinstance(entries, dict), model, "recipes by data set", entries)
    _check_names(model, entries, [*entries, DEFAULT], [DEFAULT])
    return {
        dataset: _recipe(f"{model}.{dataset}", entry, dataset != DEFAULT)
        for dataset, entry in entries.items()
    }


def _recipe(place, entry, measured):
    _check(isinstance(entry, dict), place, "a recipe", entry)
    names = _NAMES if measured else _NAMES[:-1]
    optional = ("network_options", "text")
    _check_names(place, entry, names, [n for n in names if n not in optional])
    return Recipe(
        arguments=_arguments(place, entry),
        result=_result(f"{place}.result", entry) if measured else "",
        text=_text(f"{place}.text", entry.get("text", {})),
        **_training(f"{place}.training", entry["training"]),
    )


def _arguments(place, entry):
    arguments = dict(_values(f"{place}.arguments", entry["arguments"]))
    network = arguments.get("network")
    _check(
        isinstance(network, str),
        f"{place}.arguments.network",
        "a name",
        network,
    )
    if "network_options" in arguments:
        raise ValueError(
            f"`{place}.arguments` of the recipes must leave `network_options` "
            f"to a line of its own. Received: {arguments}."
        )
    if "network_options" in entry:
        options = _values(f"{place}.network_options", entry["network_options"])
        arguments["network_options"] = options
    return arguments


def _result(place, entry):
    result = entry["result"]
    _check(isinstance(result, str) and result.strip(), place, "a text", result)
    # Lines of the table break where they are full.
    return " ".join(result.split())


def _text(place, text):
    _values(place, text)
    _check_names(place, text, _OF_TEXT, ())
    return text


def _training(place, training):
    _values(place, training)
    _check_names(place, training, _OF_TRAINING, _REQUIRED)
    for name in _REQUIRED:
        number = training[name]
        # A bool is a number to Python.
        _check(
            type(number) is int and number > 0,
            f"{place}.{name}",
            "a positive integer",
            number,
        )
    rate = training.get("learning_rate", 1.0)
    _check(
        type(rate) in (int, float) and 0 < rate < math.inf,
        f"{place}.learning_rate",
        "a number above 0",
        rate,
    )
    schedule = training.get("learning_rate_schedule", "constant")
    _check(
        schedule in SCHEDULES,
        f"{place}.learning_rate_schedule",
        f"one of {', '.join(SCHEDULES)}",
        schedule,
    )
    if schedule != "constant":
        _check_names(place, training, _OF_TRAINING, ["learning_rate"])
    return training


def _values(place, value):
    _check(isinstance(value, dict), place, "a table of names and values", value)
    return value


def _check_names(place, entry, known, required):
    for name in required:
        if name not in entry:
            raise ValueError(
                f"`[{place}]` of the recipes must have `{name}`. Received: "
                f"{', '.join(entry) or 'nothing'}. Add `{name}`."
            )
    for name in entry:
        if name not in known:
            raise ValueError(
                f"`[{place}]` of the recipes must have no other names than "
                f"{', '.join(known)}. Received: {name}."
                f"{did_you_mean(name, known)}"
            )


def _check(holds, place, expected, received):
    if not holds:
        raise ValueError(
            f"`{place}` of the recipes must be {expected}. Received: "
            f"{received!r}."
        )
