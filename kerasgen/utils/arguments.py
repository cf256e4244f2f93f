"""Checks of arguments, in one voice."""

import difflib
import inspect
import re

import numpy as np

# What the field calls models, without case and hyphens, and their names here.
_ABBREVIATIONS = {
    "aae": "adversarialautoencoder",
    "ae": "autoencoder",
    "ali": "bigan",
    "auxiliaryclassifiergan": "acgan",
    "bvae": "betavae",
    "btcvae": "betatcvae",
    "cae": "contractiveautoencoder",
    "cgan": "conditionalgan",
    "cvae": "conditionalvae",
    "dae": "denoisingautoencoder",
    "leastsquaresgan": "lsgan",
    "sae": "sparseautoencoder",
    "spectralnormgan": "sngan",
    "tcvae": "betatcvae",
    "vampprior": "vamppriorvae",
    "variationalautoencoder": "vae",
    "wassersteingan": "wgan",
    "βtcvae": "betatcvae",
    "βvae": "betavae",
}


def check_choice(name, value, choices):
    """Raises unless `value` is one of `choices`; the error lists them all."""
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(
            f"Argument `{name}` must be one of {listed}. "
            f"Received: {name}={value!r}.{did_you_mean(value, choices)}"
        )


def did_you_mean(value, choices, number=1):
    """` Did you mean 'x'?` where a choice is near to a value, or nothing.

    Case, hyphens and underscores do not count: `ConditionalGAN` is near to
    `conditional_gan`. So is `CGAN`, as the field calls it.
    """
    plain = {_plain(choice): choice for choice in choices}
    meant = _plain(value)
    if _ABBREVIATIONS.get(meant) in plain:
        meant = _ABBREVIATIONS[meant]
    close = difflib.get_close_matches(meant, plain, n=number)
    words = " or ".join(repr(plain[found]) for found in close)
    return f" Did you mean {words}?" if close else ""


def _plain(name):
    return re.sub(r"[\W_]", "", str(name).lower())


def check_positive_integer(name, value):
    """Raises unless `value` is an integer of at least 1."""
    if not _is_integer(value) or value < 1:
        raise ValueError(
            f"Argument `{name}` must be a positive integer. "
            f"Received: {name}={value!r}."
        )


def check_count(name, value):
    """Raises unless `value` is an integer of at least 0."""
    if not _is_integer(value) or value < 0:
        raise ValueError(
            f"Argument `{name}` must be an integer of at least 0. "
            f"Received: {name}={value!r}."
        )


def _is_integer(value):
    return hasattr(value, "__index__") and not isinstance(value, bool)


def check_fraction(name, value):
    """Raises unless `value` is a number with `0 <= value < 1`."""
    check_range(name, value, 0, 1)
    if value == 1:
        raise ValueError(
            f"Argument `{name}` must be below 1. Received: {name}={value!r}."
        )


def check_range(name, value, low, high=float("inf")):
    """Raises unless `value` is a number with `low <= value <= high`."""
    try:
        is_inside = low <= value <= high
    except TypeError:
        is_inside = False
    if not is_inside:
        bounds = (
            f"at least {low}"
            if high == float("inf")
            else (f"from {low} to {high}")
        )
        raise ValueError(
            f"Argument `{name}` must be a number {bounds}. "
            f"Received: {name}={value!r}."
        )


def check_positive_integers(name, values):
    """Raises unless `values` is a sequence of positive integers."""
    try:
        for value in values:
            check_positive_integer(name, value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Argument `{name}` must be a sequence of positive integers, such "
            f"as [512, 256]. Received: {name}={values!r}."
        ) from error


def as_python(value):
    """Numbers and arrays of numpy as Python's own, at any depth.

    Keras's layers refuse some of numpy's, and JSON all.

    Args:
        value: anything; lists, tuples and dicts are looked into.
    """
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, dict):
        return {as_python(k): as_python(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(as_python, value))
    return value


def as_data_shape(data_shape):
    """`(height, width, channels)` or `(length,)` as a tuple of int."""
    shape = tuple(data_shape) if np.ndim(data_shape) == 1 else ()
    if len(shape) not in (1, 3) or not all(
        hasattr(side, "__index__") and side > 0 for side in shape
    ):
        raise ValueError(
            "Argument `data_shape` must be (height, width, channels) or "
            f"(length,), of positive integers. "
            f"Received: data_shape={data_shape!r}."
        )
    return tuple(int(side) for side in shape)


def init_parameters(cls, last):
    """Parameters of a class's `__init__`, and of those it hands them on to.

    Args:
        cls: class whose `__init__` takes `**kwargs` for its parent's.
        last: class above which no `__init__` is read.

    Returns:
        dict from name to `inspect.Parameter`, the nearest class's own.
    """
    parameters = {}
    for parent in cls.__mro__:
        if parent is last:
            break
        if "__init__" in vars(parent):
            own = inspect.signature(parent.__init__).parameters
            for name, parameter in own.items():
                if parameter.kind == parameter.POSITIONAL_OR_KEYWORD:
                    parameters.setdefault(name, parameter)
    parameters.pop("self", None)
    return parameters


def differences(before, now):
    """Lines about the values in which two dicts differ."""
    return [
        f"  {name}: {before.get(name)!r} then, {now.get(name)!r} now"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
