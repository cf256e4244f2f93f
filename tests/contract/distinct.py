"""Which models train, or answer, by the same code.

Processes, other runtimes and the C library are slow to start, and what they
test is the code of a step or a signature, whatever the model that has it is
called. A test that is marked `once_a("train_step")` runs for the first contract
of each train step: models have the same step if it calls the same functions of
theirs. So a model with a step, or a loss, of its own is tested without a word.
What belongs to the engine alone, whatever the loss, is marked
`once_a("use_of_engine")`: models use it alike if their steps call the same
functions of it, and if they override the same of its methods in the same way.
"""

import inspect
import types

import pytest

from kerasgen.engine.base_model import BaseModel
from kerasgen.engine.global_batch import GlobalBatch

# Where the code begins that decides.
_ENTRIES = {
    "train_step": ("train_step", "configure"),
    "use_of_engine": ("train_step", "compile"),
    "signature": ("signatures",),
}
_PACKAGE = "kerasgen"
_ENGINE = "kerasgen.engine"
# What every model says for itself.
_OVERRIDDEN_BY_ALL = {
    "__init__",
    "build_networks",
    "compute_losses",
    "configure",
}


def once_a(kind):
    """Marks a test that runs once for each distinct `kind`.

    Args:
        kind: `"train_step"`, `"use_of_engine"` or `"signature"`.
    """
    assert kind in _ENTRIES
    return pytest.mark.once_a(kind)


def functions_of(model_class, kind):
    """What a step of a model, or its signatures, are made of.

    It is found by the names that stand in the code, so that some may be among
    it which are not called.

    Args:
        model_class: class of models.
        kind: as for `once_a`. For `"use_of_engine"`, functions of it alone.

    Returns:
        frozenset of functions, and of (name, value) of the numbers and words
        that are attributes of the class.
    """
    reached = _reached(model_class, kind)
    if kind == "use_of_engine":
        reached = {f for f in reached if _is_of_engine(f)}
        reached |= {
            _function(_attribute(model_class.__mro__, name))
            for name in _engine_methods()
        }
    return frozenset(reached)


def _is_of_engine(found):
    return getattr(found, "__module__", "").startswith(_ENGINE)


def _engine_methods():
    return {
        name
        for owner in BaseModel.__mro__
        if owner.__module__.startswith(_ENGINE)
        for name, value in vars(owner).items()
        if isinstance(value, types.FunctionType)
    } - _OVERRIDDEN_BY_ALL


def _reached(model_class, kind):
    """Functions, and pairs of name and value of attributes of the class."""
    found, waiting, classes = set(), [], model_class.__mro__
    for name in _ENTRIES[kind]:
        waiting += _methods(classes, name)
    while waiting:
        function, owner = waiting.pop()
        if function in found:
            continue
        found.add(function)
        names = set(_names(function.__code__))
        for name in names:
            waiting += _methods(classes, name)
            waiting += _methods(GlobalBatch.__mro__, name)
            waiting += _helpers(function, name)
            value = _attribute(classes, name)
            if isinstance(value, (bool, int, str)):
                found.add((name, value))
        if "super" in names and owner in classes:
            after = classes[classes.index(owner) + 1 :]
            for name in names:
                waiting += _methods(after, name)
    return found


def first_of_each(items):
    """Parts tests into those that run, and those that would run again.

    Args:
        items: list of `pytest.Item`.

    Returns:
        (kept, dropped), lists of items.
    """
    first, parts = {}, ([], [])
    for item in items:
        marks = list(item.iter_markers("once_a"))
        again = False
        if marks and item.cls is not None:
            functions = functions_of(item.cls.model_class, marks[0].args[0])
            key = item.originalname, functions
            again = first.setdefault(key, item.cls) is not item.cls
        parts[again].append(item)
    return parts


def _methods(classes, name):
    """The function of that name and the class that has it, if not Keras's."""
    for owner in classes:
        if name in vars(owner):
            function = _function(vars(owner)[name])
            return [] if function is None else [(function, owner)]
    return []


def _attribute(classes, name):
    return next((vars(c)[name] for c in classes if name in vars(c)), None)


def _function(attribute):
    """What an attribute of a class calls, or `None`."""
    if isinstance(attribute, property):
        attribute = attribute.fget
    if isinstance(attribute, (staticmethod, classmethod)):
        attribute = attribute.__func__
    if not isinstance(attribute, types.FunctionType):
        return None
    attribute = inspect.unwrap(attribute)
    is_kerass = attribute.__module__.partition(".")[0] == "keras"
    return None if is_kerass else attribute


def _helpers(function, name):
    """A function of the package that is no method."""
    other = function.__globals__.get(name)
    if isinstance(other, types.FunctionType):
        other = inspect.unwrap(other)
        if other.__module__.partition(".")[0] == _PACKAGE:
            return [(other, None)]
    return []


def _names(code):
    """The names in a function, and in those within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
