"""Arguments of a model: declared once, checked, kept and saved by that."""

import collections
import functools
import inspect

import keras

from kerasgen.utils.arguments import as_python
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_count
from kerasgen.utils.arguments import check_fraction
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range
from kerasgen.utils.arguments import did_you_mean

REQUIRED = inspect.Parameter.empty


class Argument:
    """An argument of a model, as an attribute of its class.

    The model then takes it by that name, validates it, keeps it as
    an attribute of the same name, and lists it in `get_config`.

    Args:
        default: its value where none is given; `REQUIRED` for no default.
        check: function of (name, value) that raises `ValueError`; see those
            below.
        convert: function of the value, for the value that is kept.
        attribute: str. Name of the model's attribute, where Keras has another
            use for the argument's own.

    Example:

    ```python
    class BetaVAE(VAE):
        beta = Argument(4.0, at_least(0))
    ```
    """

    def __init__(
        self, default=REQUIRED, check=None, convert=None, attribute=None
    ):
        self.default = default
        self.check = check
        self.convert = convert
        self.attribute = attribute

    def __set_name__(self, owner, name):
        self.name = name
        for parent in owner.__mro__[1:]:
            inherited = vars(parent).get(name)
            if self.attribute is None and isinstance(inherited, Argument):
                self.attribute = inherited.attribute
        self.attribute = self.attribute or name

    def kept(self, value):
        """The value as the model keeps it.

        Raises:
            ValueError: for one that the argument must not have.
        """
        value = as_python(value)
        if self.check is not None:
            self.check(self.name, value)
        return value if self.convert is None else self.convert(value)

    def as_json(self, value):
        """What the model keeps, as JSON has it."""
        if isinstance(value, tuple):
            return list(value)
        return value

    def parameter(self):
        """`inspect.Parameter` of it, for a signature."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Parameter(self.name, kind, default=self.default)


class NetworkArgument(Argument):
    """A network of the user's own, or `None` for one that the model builds.

    Args:
        default: `None`, or `REQUIRED` where the model builds none.
    """

    def __init__(self, default=None):
        super().__init__(default)


class ObjectArgument(Argument):
    """An object that Keras serializes, or `None`.

    Args:
        kind: class that it must be of, registered with Keras.
    """

    def __init__(self, kind):
        super().__init__(None, optional(functools.partial(_check_is, kind)))

    def as_json(self, value):
        return keras.saving.serialize_keras_object(value)


def _check_is(kind, name, value):
    if not isinstance(value, kind):
        raise ValueError(
            f"Argument `{name}` must be a {kind.__name__}. Received: "
            f"{name}={value!r}."
        )


# === Checks ===

positive_integer = check_positive_integer
non_negative_integer = check_count
below_one = check_fraction


def at_least(low):
    """A check for numbers from `low` on."""
    return functools.partial(check_range, low=low)


def in_range(low, high):
    """A check for numbers from `low` to `high`."""
    return functools.partial(check_range, low=low, high=high)


def one_of(*choices):
    """A check for values that are one of `choices`."""
    return functools.partial(check_choice, choices=choices)


def optional(check):
    """A check that lets `None` pass too."""

    def check_unless_none(name, value):
        if value is not None:
            check(name, value)

    return check_unless_none


# === Classes of models ===


def arguments_of(cls):
    """The arguments of a model.

    Args:
        cls: class of a model.

    Returns:
        dict from name to `Argument`: in the order in which they are passed by
        position, which is that of `data_shape`, others without a default, and
        then the class's own before those of its parents.
    """
    found = {}
    for owner in cls.__mro__:
        for name, value in vars(owner).items():
            # An attribute of a subclass takes the place of an argument.
            found.setdefault(name, value)
    found = {n: v for n, v in found.items() if isinstance(v, Argument)}
    return dict(
        sorted(
            found.items(),
            key=lambda pair: (
                pair[0] != "data_shape",
                pair[1].default is not REQUIRED,
            ),
        )
    )


def signature_of(cls):
    """`inspect.Signature` of a class whose parents declare arguments.

    Its own `__init__`, if it has one, comes first.
    """
    declared = {
        name: argument.parameter()
        for name, argument in arguments_of(cls).items()
    }
    keywords = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
    own = vars(cls).get("__init__")
    if own is None:
        return inspect.Signature([*declared.values(), keywords])
    _, *explicit = inspect.signature(own).parameters.values()
    by_kind = collections.defaultdict(list)
    for parameter in explicit:
        declared.pop(parameter.name, None)
        by_kind[parameter.kind].append(parameter)
    if not by_kind[inspect.Parameter.VAR_KEYWORD]:
        return inspect.Signature(explicit)
    return inspect.Signature(
        [
            *by_kind[inspect.Parameter.POSITIONAL_OR_KEYWORD],
            *by_kind[inspect.Parameter.KEYWORD_ONLY],
            # It hands these on by their names.
            *(
                parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
                for parameter in declared.values()
            ),
            keywords,
        ]
    )


def bind(cls, positional, keywords):
    """Splits what a class was called with.

    Args:
        cls: class of a model.
        positional: tuple. Values without a name.
        keywords: dict from name to value.

    Returns:
        (dict from argument to value, dict of the rest, which is Keras's).

    Raises:
        TypeError: if an argument is missing, or given twice.
    """
    arguments = arguments_of(cls)
    if len(positional) > len(arguments):
        raise TypeError(
            f"{cls.__name__} takes at most {len(arguments)} arguments without "
            f"a name. Received: {len(positional)}."
        )
    values = dict(zip(arguments, positional))
    for name, value in keywords.items():
        if name in values:
            raise TypeError(
                f"{cls.__name__} got several values for argument `{name}`."
            )
        values[name] = value
    missing = [
        name
        for name, argument in arguments.items()
        if argument.default is REQUIRED and name not in values
    ]
    if missing:
        raise TypeError(
            f"{cls.__name__} needs the arguments "
            f"{', '.join(f'`{name}`' for name in missing)}."
        )
    own = {name: values.pop(name, a.default) for name, a in arguments.items()}
    unknown = set(values) - _KERAS_ARGUMENTS
    if unknown:
        name = sorted(unknown)[0]
        if name in cls.renamed_arguments:
            raise TypeError(
                f"{cls.__name__} has no argument `{name}`: it is called "
                f"`{cls.renamed_arguments[name]}`."
            )
        raise TypeError(
            f"{cls.__name__} has no argument `{name}`."
            f"{did_you_mean(name, list(arguments))}"
        )
    return own, values


_KERAS_ARGUMENTS = {"name", "dtype", "trainable"}
