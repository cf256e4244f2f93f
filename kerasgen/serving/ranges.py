"""What values kerasgen's signatures take and return."""

import numpy as np

from kerasgen.serving import description
from kerasgen.utils.seeds import MAX_SEED

# A name means the same in every signature.
_RANGES = {
    "images": (0, 1),
    "seeds": (0, MAX_SEED),
    "is_anomaly": (0, 1),
    "probabilities": (0, 1),
}


def check(signature, specs, arrays, num_classes=None, slack=0.0):
    """Raises for values out of the range that their name has.

    Rows that are no images have any scale. Nothing is known of signatures that
    are not kerasgen's.

    Args:
        signature: str.
        specs: dict from name to its dtype and shape.
        arrays: dict from name to array that fits.
        num_classes: int, or `None` where it is not known.
        slack: float. How far floats may go beyond.

    Raises:
        ValueError: if there are such values.
    """
    if signature not in description.SIGNATURES:
        return
    for name, array in arrays.items():
        found = _range(name, specs, num_classes)
        if found is None:
            continue
        extra = slack if array.dtype.kind == "f" else 0
        low, high = found
        if not (low - extra <= array.min() and array.max() <= high + extra):
            raise _error(name, array, low, high)


def _range(name, specs, num_classes):
    """The least and the largest value of a name, `None` where all are right."""
    if name == "labels" and num_classes is not None:
        return 0, num_classes - 1
    if name == "clusters":
        shape = specs.get("probabilities", {}).get("shape") or ()
        number = shape[1] if len(shape) == 2 else None
        return 0, np.inf if number is None else number - 1
    if name == "images" and len(specs[name]["shape"] or ()) < 4:
        return None
    return _RANGES.get(name)


def _error(name, array, low, high):
    expected = f"integers from {low} to {high}"
    if array.dtype.kind == "f":
        expected = f"in [{low}, {high}]"
    return ValueError(
        f"Argument `{name}` must be {expected}. Received: {name} from "
        f"{array.min():g} to {array.max():g}."
    )
