"""Callbacks of `fit`: the user's, and our own before them."""

import contextlib

import keras


def with_callbacks(callbacks, *own):
    """The callbacks of the user's choice, after some of ours."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        # One that `fit` is given again stays as it is.
        return keras.callbacks.CallbackList(
            [*own, *callbacks.callbacks],
            model=callbacks.model,
            **callbacks.params,
        )
    return [*own, *listed(callbacks)]


def listed(callbacks):
    """A list of what `fit` got as `callbacks`: a list, one, or `None`."""
    if callbacks is None:
        return []
    return keras.tree.flatten(getattr(callbacks, "callbacks", callbacks))


@contextlib.contextmanager
def told_of_errors(callbacks):
    """Calls `on_train_error(error)` of callbacks that have it, on an error.

    Keras calls nothing of theirs then, and what they hold stays open.

    Args:
        callbacks: what `fit` got as `callbacks`.
    """
    try:
        yield
    # Ctrl-C is one of them.
    except BaseException as error:
        for callback in listed(callbacks):
            on_error = getattr(callback, "on_train_error", None)
            if on_error is None:
                continue
            try:
                on_error(error)
            # The others are told too, and the first error stays the error.
            except Exception as another:
                error.add_note(f"{callback} could not be closed: {another}")
        raise
