"""Learning rates of several optimizers, which move together.

Keras's callbacks, and most programs, set `model.optimizer.learning_rate`. Of a
model with several optimizers that is the first one's; here the others follow,
by the same factor.
"""

import copy
import functools

import keras
import tensorflow as tf

from kerasgen.engine import averaging
from kerasgen.engine.fit_callbacks import listed
from kerasgen.engine.fit_callbacks import with_callbacks

_SETTERS = (
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.ReduceLROnPlateau,
)


class LinkedRates:
    """Lets the rates of all optimizers follow that of the first.

    Each is kept as a multiple of the first one's, and computed from it anew
    each time: rates that are equal stay equal, a rate that comes back is what
    it was, and a rate of 0 is no end. A rate that is set by itself has that
    multiple from then on. Setting the first raises `ValueError` where there is
    no multiple: another is a schedule, or not 0 while the first is.

    Args:
        optimizers: dict from name to `keras.Optimizer`.
    """

    def __init__(self, optimizers):
        (self._first, first), *others = optimizers.items()
        self._others = dict(others)
        self._multiples = {}
        for optimizer in optimizers.values():
            _unlink(optimizer)
        self._rate = _rate_of(first)
        if not self._others or not _is_settable(self._rate):
            self._others = {}
            return
        for name, other in self._others.items():
            if _is_settable(_rate_of(other)) and self._is_defined(name):
                self._multiples[name] = self._multiple_of(name)
        # What loads an optimizer sets the variable itself, which nothing
        # follows: the others are loaded too.
        leading = copy.copy(self._rate)
        leading.assign = self._assign
        leading.followed = self._rate
        inner = averaging.unwrapped(first)
        vars(inner)["_learning_rate"] = leading
        # Keras calls it where a schedule takes the place of a rate.
        inner._untrack_variable = functools.partial(self._refuse, inner)

    def restore(self, multiples):
        """Takes what `unsaid_multiples` gave, where the rates are the same."""
        self._multiples.update(multiples)

    def unsaid_multiples(self):
        """Multiples that rates, rounded or 0, do not say, by name.

        With them a model that is loaded goes on as one that was not.
        """
        return {
            name: multiple
            for name, multiple in self._multiples.items()
            if name in self._others
            and _is_settable(_rate_of(self._others[name]))
            and self._agrees(name, multiple)
            and multiple != self._quotient(name)
        }

    def _assign(self, value):
        with tf.init_scope():
            followers = [
                (_rate_of(other), self._checked_multiple(name))
                for name, other in self._others.items()
            ]
        assigned = self._rate.assign(value)
        rate = tf.cast(self._rate.value, tf.float64)
        for follower, multiple in followers:
            follower.assign(tf.cast(rate * multiple, follower.dtype))
        return assigned

    def _checked_multiple(self, name):
        rate = _rate_of(self._others[name])
        if not _is_settable(rate):
            raise ValueError(
                f"The learning rate of `{self._first}` cannot be set: that of "
                f"`{name}` would move by the same factor, and is a schedule. "
                f"Received: {rate!r}. Compile with numbers, or with a schedule "
                "for each optimizer."
            )
        if not self._is_defined(name):
            raise ValueError(
                f"The learning rate of `{self._first}` cannot be set: that of "
                f"`{name}` would move by the same factor, and there is none "
                f"from 0. Received: 0 and {_number(rate)}. Set that of "
                f"`{name}` to 0 too, then each by itself; or compile anew."
            )
        self._multiples[name] = self._multiple_of(name)
        return self._multiples[name]

    def _is_defined(self, name):
        return _number(self._rate) or not _number(_rate_of(self._others[name]))

    def _multiple_of(self, name):
        """The one there is, unless a rate was set by itself since."""
        multiple = self._multiples.get(name)
        if multiple is not None and self._agrees(name, multiple):
            return multiple
        return self._quotient(name)

    def _agrees(self, name, multiple):
        rate = _rate_of(self._others[name])
        expected = tf.cast(_number(self._rate) * multiple, rate.dtype)
        return float(expected) == _number(rate)

    def _quotient(self, name):
        first = _number(self._rate)
        other = _number(_rate_of(self._others[name]))
        # Of 0 and 0, too.
        return 1.0 if first == other else other / first

    def _refuse(self, inner, variable):
        schedule = inner._learning_rate
        vars(inner)["_learning_rate"] = variable
        raise ValueError(
            f"The learning rate of `{self._first}` must be a number, as it was "
            f"when the model was compiled. Received: {schedule!r}. Compile "
            "with a schedule for each optimizer."
        )


class _LogLearningRates(keras.callbacks.Callback):
    """Adds the rate of each optimizer to the logs, by its name."""

    def __init__(self, optimizers):
        super().__init__()
        self.optimizers = optimizers

    def on_epoch_end(self, epoch, logs=None):
        for name, optimizer in self.optimizers.items():
            logs[f"{name}_learning_rate"] = _number(optimizer.learning_rate)


def with_log(callbacks, optimizers):
    """Callbacks of `fit`, checked, with the rates in the logs if they set any.

    What a callback of the user's own sets is not known, so they are there.

    Args:
        callbacks: what `fit` got.
        optimizers: dict from name to `keras.Optimizer`.

    Raises:
        ValueError: if they are to set the rate of a schedule.
    """
    sets_rates = [
        type(callback).__name__
        for callback in listed(callbacks)
        if isinstance(callback, _SETTERS)
    ]
    for name, optimizer in optimizers.items():
        rate = _rate_of(optimizer)
        if sets_rates and not _is_settable(rate):
            raise ValueError(
                f"Callback {sets_rates[0]} must have learning rates to set. "
                f"Received: that of `{name}` is {rate!r}. Leave the callback "
                "out, or compile with numbers."
            )
    is_own = map(_is_users_own, listed(callbacks))
    if len(optimizers) == 1 or not (sets_rates or any(is_own)):
        return callbacks
    # Before the others, which may write the logs down.
    return with_callbacks(callbacks, _LogLearningRates(optimizers))


def _is_users_own(callback):
    package = type(callback).__module__.split(".")[0]
    return package not in ("keras", "kerasgen")


def _rate_of(optimizer):
    """The variable of a rate, without what follows it, or its schedule."""
    rate = averaging.unwrapped(optimizer)._learning_rate
    return getattr(rate, "followed", rate)


def _is_settable(rate):
    return isinstance(rate, keras.Variable)


def _number(rate):
    # Also of a variable that replicas share.
    return float(keras.ops.convert_to_numpy(rate))


def _unlink(optimizer):
    """Undoes what a former `compile` did."""
    inner = averaging.unwrapped(optimizer)
    vars(inner)["_learning_rate"] = _rate_of(optimizer)
    vars(inner).pop("_untrack_variable", None)
