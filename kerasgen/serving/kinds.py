"""The kinds of inputs and outputs of signatures, without TensorFlow.

A *field* is an input or output of a signature, a dict. It has `dtype` and
`shape`, whose first axis is the batch, and what `Kind.describe()` of
`kerasgen.data.kinds` says: `kind`, `bounds` and, where there are such,
`num_classes`, `vocabulary_size` or `format`. An output that a method of the
signature's name returns has `is_result` besides.

Servers tell clients nothing of a version but names, types and shapes. The name
of an axis is free text that goes along, so the kind stands in that of the batch
axis. Exports of earlier versions of kerasgen have none: `derived` says what
their names and shapes mean, and nothing else guesses.
"""

import dataclasses
import json

from kerasgen.utils.seeds import MAX_SEED

_MARK = "kerasgen:"  # What the name of a batch axis begins with.
_MAX_CHARACTERS = 1000  # Of such a name.
_MAX_BOUND = 1e38  # About the largest float32.
_KEYS = {
    "kind",
    "bounds",
    "num_classes",
    "vocabulary_size",
    "format",
    "is_result",
}


@dataclasses.dataclass(frozen=True)
class Words:
    """What one datum of a kind, and many of them, are called in texts.

    Attributes:
        row: str.
        rows: str.
        text: str. What they are, with names of a field in braces.
    """

    row: str
    rows: str
    text: str


# The kinds that are data. All others are numbers or strings to serving, but
# for `labels`, `seeds` and `latents`, which say how data are asked for.
DATA = {
    "images": Words("image", "images", "images in [0, 1]"),
    "rows": Words(
        "data row",
        "data rows",
        "data rows in the scale that the model was trained on",
    ),
    "tokens": Words(
        "sequence of tokens",
        "sequences of tokens",
        "sequences of tokens, integers from 0 to {last}",
    ),
    "texts": Words("text", "texts", "texts in UTF-8"),
}
_CONTROLS = ("labels", "seeds", "latents")
# The signatures of versions that wrote no kinds. Of others nothing is known.
_SIGNATURES = {
    "serving_default",
    "generate",
    "generate_png",
    "encode",
    "decode",
    "reconstruct",
    "log_likelihood",
    "anomaly_score",
    "is_anomaly",
    "assign",
    "classes",
}


# === Kinds in the names of axes ===


def axis_name(described):
    """The name of a batch axis that says the kind of its rows.

    Args:
        described: dict, as `Kind.describe()` returns it; shape and dtype in it
            are left out, as signatures have them.

    Returns:
        str.
    """
    kept = {key: value for key, value in described.items() if key in _KEYS}
    return _MARK + json.dumps(kept, sort_keys=True)


def named(text):
    """What `axis_name` was given, `None` for any other name of an axis."""
    if not text.startswith(_MARK) or len(text) > _MAX_CHARACTERS:
        return None
    try:
        found = json.loads(text.removeprefix(_MARK))
    # Strangers may call their axes what they like.
    except (ValueError, RecursionError):
        return None
    if not _is_described(found):
        return None
    return {"bounds": None, **{k: v for k, v in found.items() if k in _KEYS}}


def _is_described(found):
    return (
        isinstance(found, dict)
        and isinstance(found.get("kind"), str)
        and _are_bounds(found.get("bounds"))
        and all(
            type(found.get(name, 1)) is int and found.get(name, 1) > 0
            for name in ("num_classes", "vocabulary_size")
        )
        and isinstance(found.get("format", ""), str)
        and isinstance(found.get("is_result", True), bool)
    )


def _are_bounds(bounds):
    if bounds is None:
        return True
    return (
        isinstance(bounds, list)
        and len(bounds) == 2
        and all(type(bound) in (int, float) for bound in bounds)
        and -_MAX_BOUND <= bounds[0] <= bounds[1] <= _MAX_BOUND
    )


# === Kinds of exports that do not say them ===


def derived(signature, specs, number_of_classes=None):
    """What the inputs or outputs of a signature are, by names and shapes.

    Args:
        signature: str.
        specs: dict from name to its dtype and shape.
        number_of_classes: int, or `None` where it is not known.

    Returns:
        dict from name to a dict with its `kind`, `bounds` and so on.
    """
    if signature not in _SIGNATURES:
        return {name: _values() for name in specs}
    return {name: _derived(name, specs, number_of_classes) for name in specs}


def _derived(name, specs, number_of_classes):
    rank = len(specs[name]["shape"] or ())
    if name == "images" and rank in (2, 4):
        return _values(*([0, 1] if rank == 4 else []), kind=_BY_RANK[rank])
    if name == "labels" and number_of_classes is not None:
        last = number_of_classes - 1
        return _values(0, last, kind=name, num_classes=number_of_classes)
    if name == "clusters":
        shape = specs.get("probabilities", {}).get("shape") or ()
        number = shape[1] if len(shape) == 2 else None
        return _values(0, MAX_SEED if number is None else number - 1)
    if name == "png_bytes":
        return _values(kind="files", format="png")
    if name == "seeds":
        return _values(0, MAX_SEED, kind=name)
    if name in ("is_anomaly", "probabilities"):
        return _values(0, 1)
    if name in ("labels", "latents"):
        return _values(kind=name)
    return _values(
        kind="strings" if specs[name]["dtype"] == "string" else "values"
    )


_BY_RANK = {2: "rows", 4: "images"}


def _values(*bounds, kind="values", **more):
    return {"kind": kind, "bounds": list(bounds) or None, **more}


# === Which fields are what ===


def of_kind(fields, kind):
    """The names of the fields of a kind, a list."""
    return [name for name, field in fields.items() if field["kind"] == kind]


def data(fields):
    """The names of the fields that are neither labels, seeds nor latents."""
    return [n for n, field in fields.items() if field["kind"] not in _CONTROLS]


def result(fields):
    """The output that a method of the signature's name returns.

    Args:
        fields: dict from output name to field.

    Returns:
        str.
    """
    marked = [name for name, field in fields.items() if field.get("is_result")]
    # Of earlier versions all outputs but latents came before others by name.
    return (marked or data(fields) or list(fields))[0]


def num_classes(signatures):
    """How many classes a model has, by the labels that it takes.

    Args:
        signatures: dict, as `signature_specs.from_metadata` returns it.

    Returns:
        int, or `None` where it has none, or its export does not say.
    """
    for signature in signatures.values():
        for field in signature["inputs"].values():
            if field["kind"] == "labels" and "num_classes" in field:
                return field["num_classes"]
    return None


# === Checks and words ===


def check_bounds(fields, arrays, slack=0.0):
    """Raises for values out of the bounds of their kind.

    Args:
        fields: dict from name to field.
        arrays: dict from name to array that fits.
        slack: float. How far floats may go beyond.

    Raises:
        ValueError: if there are such values.
    """
    for name, array in arrays.items():
        bounds = fields[name]["bounds"]
        if bounds is None or not array.size:
            continue
        low, high = bounds
        extra = slack if array.dtype.kind == "f" else 0
        if not (low - extra <= array.min() and array.max() <= high + extra):
            raise _error(name, array, low, high)


def _error(name, array, low, high):
    expected = f"integers from {low} to {high}"
    if array.dtype.kind == "f":
        expected = f"in [{low:g}, {high:g}]"
    return ValueError(
        f"Argument `{name}` must be {expected}. Received: {name} from "
        f"{array.min():g} to {array.max():g}."
    )


def text(field):
    """What a field of data is, in words; empty for other kinds."""
    if field["kind"] not in DATA:
        return ""
    last = field.get("vocabulary_size", 0) - 1
    return DATA[field["kind"]].text.format(last=last)


def words(signatures):
    """What the data of a model are called.

    Args:
        signatures: dict, as `signature_specs.from_metadata` returns it.

    Returns:
        `Words` of what it draws, or else of the first data that it takes.
    """
    drawn = signatures.get("generate", {"outputs": {}})["outputs"]
    found = [drawn[result(drawn)]] if drawn else []
    for signature in signatures.values():
        found += signature["inputs"].values()
    known = [DATA[f["kind"]] for f in found if f["kind"] in DATA]
    return known[0] if known else Words("row", "rows", "")
