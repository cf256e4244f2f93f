"""What a server answered, held against what its signatures promise."""

import base64

import numpy as np

from kerasgen.serving import kinds
from kerasgen.serving import signature_specs

# What files of a format begin with.
_BEGINNINGS = {"png": b"\x89PNG\r\n\x1a\n"}
# Python's types of what JSON has, by the kind of array they become. Whole
# numbers are floats too.
_JSON_TYPES = {"f": {float, int}, "i": {int}, "u": {int}, "b": {bool}}
# Bytes that a value may take as JSON: its digits, and a line of its own with
# brackets, as TensorFlow Serving writes it.
_VALUE_BYTES = 128
# How far kernels of other processors may go beyond a range.
ROUNDING = 1e-5
_SHOWN = 5  # Rows that an error names.


def most_bytes(specs, num_rows):
    """How long an answer may be as JSON, `None` where nobody can say.

    Args:
        specs: dict from output name to its dtype and shape.
        num_rows: int.

    Returns:
        int or `None`.
    """
    total = 0
    for spec in specs.values():
        sizes = (spec["shape"] or (None, None))[1:]
        if spec["dtype"] == "string" or None in sizes:
            return None
        # In Python's integers, which know no end.
        values = num_rows
        for size in sizes:
            values *= size
        total += values * _VALUE_BYTES
    return total


def check_form(name, spec, num_rows, shape, dtype=None):
    """Raises unless an output has the promised shape and type.

    Args:
        name: str. The output.
        spec: dict with its dtype and shape.
        num_rows: int. The rows that were asked for.
        shape: tuple. What came.
        dtype: str. The type that came; `None` to look at the shape only.

    Raises:
        RuntimeError: if it has not.
    """
    sizes = spec["shape"]
    expected = (num_rows, *(sizes or ())[1:])
    is_open = sizes is None  # Any rank, so that only rows are known.
    fits = signature_specs.has_shape(shape[:1] if is_open else shape, expected)
    if not fits or dtype not in (None, spec["dtype"]):
        received = f"shape {shape}" + (f" of {dtype}" if dtype else "")
        raise RuntimeError(
            f"The server answered `{name}` of {received}, not of shape "
            f"{str(expected).replace('None', 'any')} of {spec['dtype']}, as "
            "its signature says."
        )


def from_json(name, spec, num_rows, rows):
    """An output of nested lists as the array that was promised.

    Args:
        name: str. The output.
        spec: dict with its dtype and shape.
        num_rows: int. The rows that were asked for.
        rows: nested list of numbers, text or base64 objects.

    Returns:
        array of the promised shape and dtype; of objects where it is of bytes.

    Raises:
        RuntimeError: if the lists are none such.
    """
    try:
        # Of objects, which cost no more than the lists: of text and numbers
        # together NumPy would make each as long as the longest.
        found = np.array(rows, object)
        check_form(name, spec, num_rows, found.shape)
        if spec["dtype"] == "string":
            # One by one: an array of bytes would drop zeros at their ends.
            for place, value in enumerate(found.flat):
                found.flat[place] = _bytes(value)
            return found
        dtype = signature_specs.numpy_dtype(spec["dtype"])
        _check_types(set(map(type, found.flat)), _JSON_TYPES[dtype.kind])
        # What is too large becomes infinite, and is refused with its row.
        with np.errstate(over="ignore"):
            return found.astype(dtype)
    except (OverflowError, ValueError) as error:
        raise RuntimeError(
            f"The server answered `{name}` that is not {spec['dtype']}, as its "
            f"signature says: {error}"
        ) from error


def _check_types(found, allowed):
    if found - allowed:
        names = sorted(kind.__name__ for kind in found - allowed)
        raise ValueError(f"It has values of type {', '.join(names)}.")


def _bytes(value):
    if isinstance(value, str):  # A text, as JSON has it.
        return value.encode()
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, dict) or not isinstance(value.get("b64"), str):
        raise ValueError("It has neither text nor base64.")
    return base64.b64decode(value["b64"], validate=True)


def check_values(specs, arrays):
    """Raises for values that no answer has: not finite, or out of bounds.

    Args:
        specs: `{"inputs": fields, "outputs": fields}` of the signature.
        arrays: dict from output name to array, all rows of a request.

    Raises:
        RuntimeError: if there are such, with their rows.
    """
    for name, array in arrays.items():
        field = specs["outputs"][name]
        if field["kind"] == "files":
            start = _BEGINNINGS.get(field.get("format"), b"")
            wrong = [not file.startswith(start) for file in array.flat]
            words = f"no {field.get('format', '').upper()} file"
        elif array.dtype.kind == "f":
            wrong, words = ~np.isfinite(array), "not finite"
        else:
            continue
        causes = [
            _SPOILING[kind]
            for kind in _SPOILING
            if kinds.of_kind(specs["inputs"], kind)
        ]
        _refuse(name, wrong, words, causes)
    try:
        kinds.check_bounds(specs["outputs"], arrays, ROUNDING)
    except ValueError as error:
        raise RuntimeError(f"The server's answer is wrong. {error}") from error


# What a model cannot answer, by the kind of what is wrong.
_SPOILING = {
    "labels": "labels that are no classes",
    "texts": "texts that are too long, or of characters that it does not know",
}


def _refuse(name, wrong, words, causes):
    wrong = np.asarray(wrong)
    rows = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))
    if not rows.size:
        return
    listed = ", ".join(map(str, rows[:_SHOWN]))
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    cause = "Are all weights and inputs of the model finite?"
    if causes:
        cause = f"That is its answer to {', or to '.join(causes)}."
    raise RuntimeError(
        f"The server answered `{name}` that is {words} in row {listed}{more}. "
        f"{cause}"
    )
