"""JSON as its standard has it: Python's knows NaN and Infinity besides."""

import json


def parse(text):
    """What JSON says.

    Args:
        text: str or bytes.

    Returns:
        dict, list, str, number, bool or `None`.

    Raises:
        ValueError: if it is no JSON, or has numbers that are not finite.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("It is nested too deep.") from error


def parse_request(body):
    """What a request says; see `parse`."""
    try:
        return parse(body)
    except ValueError as error:
        raise ValueError(f"The request is no JSON: {error}") from error


def dump(value, default=None):
    """A value as the bytes of JSON.

    Args:
        value: of dicts, lists, str, numbers, bools and `None`.
        default: function that makes such a value of any other.

    Raises:
        ValueError: if a number is not finite.
    """
    return json.dumps(value, default=default, allow_nan=False).encode()


def _refuse(constant):
    raise ValueError(f"Numbers must be finite, not {constant}.")
