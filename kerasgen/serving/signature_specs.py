"""What the signatures of a server take and return, and arrays that fit."""

import numpy as np

from kerasgen.serving import kinds

# The names of others are those of numpy after `DT_`.
_DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16"}
_STRINGS = "SUO"
# Which kinds of arrays become which without a loss that matters. Whole numbers
# are floats too, as JSON and lists have them.
_KINDS = {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}


def from_metadata(signature_defs, num_classes=None):
    """Signatures as a server describes them.

    Args:
        signature_defs: dict from name to `SignatureDef` in its JSON form.
        num_classes: int. The classes of an export that does not say them in
            its signatures, or `None`.

    Returns:
        dict such as `{"encode": {"inputs": {"images": {"dtype": "float32",
        "shape": (None, 28, 28, 1), "kind": "images", "bounds": [0, 1]}},
        "outputs": {...}}}`, where `None` is any size, and a shape of `None`
        any rank. Fields are those of `kerasgen.serving.kinds`.

    Raises:
        RuntimeError: if they are not described as TensorFlow Serving does.
    """
    try:
        specs = _signatures(signature_defs)
    # Whatever JSON may have in place of an object, a name or a number.
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RuntimeError(
            "The server describes its signatures not as TensorFlow Serving "
            f"does: {type(error).__name__}: {error}"
        ) from error
    classes = _classes(specs) if num_classes is None else num_classes
    return {
        name: {
            side: _fields(name, fields, side == "outputs", classes)
            for side, fields in signature.items()
        }
        for name, signature in specs.items()
    }


def _fields(signature, specs, are_outputs, classes):
    """Specs with what is known of their kinds."""
    derived = kinds.derived(signature, specs, classes)
    fields = {}
    for name, spec in specs.items():
        axis = spec.pop("axis")
        fields[name] = {**(kinds.named(axis) or derived[name]), **spec}
    if are_outputs and fields:
        fields[kinds.result(fields)]["is_result"] = True
    return fields


def _classes(specs):
    """How many classes a model has, by its signature `classes`."""
    outputs = specs.get("classes", {}).get("outputs", {})
    shape = outputs.get("class_names_bytes", {}).get("shape") or ()
    return shape[1] if len(shape) == 2 else None


def _signatures(signature_defs):
    return {
        name: {
            kind: {
                key: _spec(tensor)
                for key, tensor in sorted(signature.get(kind, {}).items())
            }
            for kind in ("inputs", "outputs")
        }
        for name, signature in sorted(signature_defs.items())
        if not name.startswith("__")
    }


def _spec(tensor):
    shape = tensor.get("tensor_shape", {})
    # JSON of protocol buffers has 64-bit integers as strings.
    sizes = [int(axis.get("size", 0)) for axis in shape.get("dim", [])]
    dtype = tensor["dtype"]
    axes = shape.get("dim", [])
    return {
        "axis": str(axes[0].get("name", "")) if axes else "",
        "dtype": _DTYPES.get(dtype, dtype.removeprefix("DT_").lower()),
        "shape": None
        if shape.get("unknown_rank")
        else tuple(None if size < 0 else size for size in sizes),
    }


def class_names(rows):
    """The names of classes, by the output `class_names_bytes`.

    Args:
        rows: array of bytes of shape `(n, num_classes)`.

    Returns:
        list of str, or `None` where the classes have no names.
    """
    names = [name.decode(errors="replace") for name in rows[0]]
    return names if any(names) else None


def numpy_dtype(name):
    """The NumPy dtype of a tensor's.

    Raises:
        ValueError: if NumPy has none, as of `bfloat16`.
    """
    try:
        dtype = np.dtype(name)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in _KINDS:
        raise ValueError(
            f"Values of type {name} are known neither to JSON nor to NumPy."
        )
    return dtype


def has_shape(shape, expected):
    """Whether a shape is as expected, where `None` is any size."""
    return len(shape) == len(expected) and all(
        size in (None, found) for size, found in zip(expected, shape)
    )


def checked_inputs(signature, specs, inputs):
    """Inputs as arrays of the types that a signature takes.

    Args:
        signature: str. Name for the error.
        specs: dict from input name to its dtype and shape.
        inputs: dict from name to array or nested list, one row an example.

    Returns:
        dict from name to array.

    Raises:
        ValueError: if names, types, shapes or numbers of rows do not fit, if
            there is a NaN or an infinite value, or if there are no rows.
    """
    if set(inputs) != set(specs):
        raise ValueError(
            f"Signature {signature!r} must be given {_listed(specs)}. "
            f"Received: {_listed(inputs)}."
        )
    arrays = {
        name: _checked(name, np.asarray(inputs[name]), spec)
        for name, spec in specs.items()
    }
    if len({len(array) for array in arrays.values()}) > 1:
        shapes = {name: array.shape for name, array in arrays.items()}
        raise ValueError(
            f"Arguments {_listed(specs)} must have equally many rows. "
            f"Received: arrays of shapes {shapes}."
        )
    return arrays


def _checked(name, array, spec):
    _check_shape(name, array, spec["shape"])
    if spec["dtype"] == "string":
        if array.dtype.kind not in _STRINGS:
            raise _dtype_error(name, array, "strings or bytes")
        return array
    dtype = numpy_dtype(spec["dtype"])
    # Bytes are levels from 0 to 255, which no signature means by floats.
    is_levels = array.dtype == np.uint8 and dtype.kind == "f"
    if is_levels or array.dtype.kind not in _KINDS[dtype.kind]:
        raise _dtype_error(name, array, dtype.name)
    # What is too large for the type must be seen below, not warned of here.
    with np.errstate(over="ignore"):
        converted = array.astype(dtype)
    if dtype.kind == "f" and not np.isfinite(converted).all():
        raise ValueError(
            f"Argument `{name}` must be finite. Received: {name} with NaN or "
            f"infinite values as {dtype.name}. Find them with `np.isfinite`."
        )
    if dtype.kind in "iu" and (converted != array).any():
        raise ValueError(
            f"Argument `{name}` must be {dtype.name}. Received: {name} from "
            f"{array.min()} to {array.max()}."
        )
    return converted


def _dtype_error(name, array, expected):
    fix = ""
    if array.dtype == np.uint8 and expected.startswith("float"):
        fix = f" Divide them first: `{name}.astype('float32') / 255`."
    return ValueError(
        f"Argument `{name}` must be {expected}. "
        f"Received: {name} of dtype {array.dtype}.{fix}"
    )


def _check_shape(name, array, shape):
    if not array.ndim or not len(array):
        raise ValueError(
            f"Argument `{name}` must have at least one row. "
            f"Received: {name} of shape {array.shape}."
        )
    if shape is None:
        return
    if not has_shape(array.shape, shape):
        expected = str(shape).replace("None", "n")
        fix = ""
        if array.shape == shape[1:]:
            fix = f" Give one row as a batch of one: `{name}[None]`."
        raise ValueError(
            f"Argument `{name}` must have shape {expected}. "
            f"Received: {name} of shape {array.shape}.{fix}"
        )


def _listed(names):
    return ", ".join(f"`{name}`" for name in names) or "nothing"
