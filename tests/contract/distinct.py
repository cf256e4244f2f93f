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

import functools
import inspect
import types

import pytest

from kerasgen.engine.base_model import BaseModel
from kerasgen.engine.global_batch import GlobalBatch

# Where the code begins that decides.
_ENTRIES = {
    "train_step": ("train_step",),
    "use_of_engine": ("train_step", "compile"),
    "signature": ("signatures",),
}
_PACKAGE = "kerasgen"
_ENGINE = "kerasgen.engine"
# What every model says for itself.
_SAID = {"__init__", "build_networks", "compute_losses", "configure"}


def once_a(kind):
    """Marks a test that runs once for each distinct `kind`.

    Args:
        kind: `"train_step"`, `"use_of_engine"` or `"signature"`.
    """
    assert kind in _ENTRIES
    return pytest.mark.once_a(kind)


def functions_of(model_class, kind):
    """The functions of a model's class that a step or its signatures call.

    They are found by the names that stand in the code, so that some may be
    among them which are not called.

    Args:
        model_class: class of models.
        kind: as for `once_a`. For `"use_of_engine"`, functions of it alone.

    Returns:
        frozenset of functions.
    """
    reached = _reached(model_class, kind)
    if kind == "use_of_engine":
        reached = {f for f in reached if f.__module__.startswith(_ENGINE)}
        reached |= {_method(model_class, name) for name in _engine_methods()}
    return frozenset(reached)


def _engine_methods():
    return {
        name
        for owner in BaseModel.__mro__
        if owner.__module__.startswith(_ENGINE)
        for name, value in vars(owner).items()
        if isinstance(value, types.FunctionType)
    } - _SAID


def _reached(model_class, kind):
    found, seen = set(), set()
    waiting = [_method(model_class, name) for name in _ENTRIES[kind]]
    while waiting:
        function = waiting.pop()
        if function is None or function in seen:
            continue
        seen.add(function)
        for name in _names(function.__code__):
            method = _method(model_class, name)
            if method is not None:
                found.add(method)
            noise = _method(GlobalBatch, name)
            if noise is not None:
                found.add(noise)
            waiting += [method, noise, _helper(function, name)]
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


@functools.cache
def _method(model_class, name):
    """The function of that name, if it is not that of Keras."""
    attribute = inspect.getattr_static(model_class, name, None)
    if isinstance(attribute, property):
        attribute = attribute.fget
    if isinstance(attribute, (staticmethod, classmethod)):
        attribute = attribute.__func__
    if not isinstance(attribute, types.FunctionType):
        return None
    attribute = inspect.unwrap(attribute)
    is_kerass = attribute.__module__.partition(".")[0] == "keras"
    return None if is_kerass else attribute


def _helper(function, name):
    """A function of the package that is no method."""
    other = function.__globals__.get(name)
    if isinstance(other, types.FunctionType):
        other = inspect.unwrap(other)
        if other.__module__.partition(".")[0] == _PACKAGE:
            return other
    return None


def _names(code):
    """The names in a function, and in those within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
