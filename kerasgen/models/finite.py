"""Models that are lost: weights, or what they return, that are not finite."""

import itertools

import numpy as np
import tensorflow as tf


class NotFiniteError(ValueError):
    """A model whose weights, or what it returns, are not finite."""


def lost_weights(model):
    """Paths of the weights, and of what optimizers keep, that are not finite.

    Args:
        model: `SeveralOptimizersModel`.

    Returns:
        list of str.
    """
    of_optimizers = [o.variables for o in model.optimizers]
    state = [
        variable
        for variable in itertools.chain(model.weights, *of_optimizers)
        if "float" in variable.dtype
    ]
    # Of all at once, so that a device is waited for once.
    found = tf.stack([_is_finite(variable) for variable in state]).numpy()
    return [v.path for v, is_finite in zip(state, found) if not is_finite]


def check_weights(model):
    """Raises unless a model, and its optimizers, are finite.

    Args:
        model: `SeveralOptimizersModel`.

    Raises:
        NotFiniteError: that names a weight, and what to do.
    """
    lost = lost_weights(model)
    if lost:
        raise NotFiniteError(
            f"The weights of {type(model).__name__}, and its optimizers', must "
            f"be finite. Received: {len(lost)} that are not, such as "
            f"{lost[0]}. Its training has diverged: load an earlier checkpoint "
            "(`kerasgen.callbacks.latest_checkpoint`), or train anew with a "
            "smaller learning rate, clipped gradients (`clipnorm=1.0` of the "
            "optimizer), and rows that are standardised."
        )


def checked_values(model, values):
    """What a model returned for a caller, if it is finite.

    Args:
        model: `SeveralOptimizersModel`.
        values: array, of any type.

    Returns:
        `values`.

    Raises:
        NotFiniteError: if a value is not finite.
    """
    values = np.asarray(values)
    is_finite = np.isfinite(values)
    if is_finite.all():
        return values
    check_weights(model)
    raise NotFiniteError(
        f"What {type(model).__name__} returns must be finite. Received: "
        f"{np.sum(~is_finite)} of {values.size} values that are not, though "
        "its weights are. Give it rows of the scale that it was trained on, "
        "best standardised (`sklearn.preprocessing.StandardScaler`); in "
        "float16, compute in bfloat16 or float32 instead."
    )


def _is_finite(variable):
    return tf.reduce_all(tf.math.is_finite(tf.convert_to_tensor(variable)))
