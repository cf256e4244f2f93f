"""Callbacks of `fit`: the user's, and our own before them."""

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
