"""What a request in TensorFlow Serving's REST format asks for."""

import base64

from kerasgen.serving import signature_specs


def checked(request, signatures):
    """The signature of a request to predict, and arrays that fit it.

    Args:
        request: JSON value. `{"signature_name": ..., "inputs": {name:
            column}}`, or `"instances": [{name: value}, ...]` in place of
            `"inputs"`. A single input may go without its name.
        signatures: dict, as `signature_specs.from_metadata` returns it.

    Returns:
        (str, dict from name to array).

    Raises:
        ValueError: if the request is none, or does not fit.
    """
    is_object = isinstance(request, dict)
    if not is_object or ("inputs" in request) == ("instances" in request):
        raise ValueError(
            "The request must be an object with 'inputs' or with 'instances'."
        )
    signature = request.get("signature_name", "serving_default")
    # Not `in`: what is no text may have no hash.
    if signature not in list(signatures):
        raise ValueError(
            f"There is no signature {signature!r}. There are: "
            f"{', '.join(signatures)}."
        )
    specs = signatures[signature]["inputs"]
    if "inputs" in request:
        inputs = request["inputs"]
    else:
        inputs = _columns(request["instances"])
    if len(specs) == 1 and not isinstance(inputs, dict):
        inputs = dict.fromkeys(specs, inputs)
    if not isinstance(inputs, dict):
        raise ValueError(f"Inputs must have names: {', '.join(specs)}.")
    for name, spec in specs.items():
        if spec["dtype"] == "string" and name in inputs:
            inputs = {**inputs, name: _with_bytes(inputs[name])}
    return signature, signature_specs.checked_inputs(signature, specs, inputs)


def _with_bytes(value):
    """A column in which {"b64": ...} is the bytes that it stands for."""
    if isinstance(value, list):
        return [_with_bytes(part) for part in value]
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"])
    return value


def _columns(instances):
    """Rows as columns: by name, where the rows have names."""
    if not isinstance(instances, list):
        raise ValueError("'instances' must be a list of rows.")
    if not any(isinstance(row, dict) for row in instances):
        return instances
    first = instances[0]
    for row in instances:
        if not isinstance(row, dict) or set(row) != set(first):
            raise ValueError(
                "All rows in 'instances' must have the same names."
            )
    return {name: [row[name] for row in instances] for name in first}
