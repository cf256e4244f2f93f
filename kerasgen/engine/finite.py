"""Models that are lost: weights, or what they return, that are not finite."""

import itertools

import numpy as np


class NotFiniteError(ValueError):
    """A model whose weights, or what it returns, are not finite."""


def lost_weights(model, training=False):
    """Paths of the weights of a model that are not finite.

    Args:
        model: `MultiOptimizerModel`.
        training: bool. Whether what its optimizers keep is looked at too.

    Returns:
        list of str.
    """
    owners = [model.weights]
    if training:
        owners += [optimizer.variables for optimizer in model.optimizers]
    # Not by TensorFlow, whose small operations would take longer.
    return [
        variable.path
        for variable in itertools.chain(*owners)
        if "float" in variable.dtype and not np.isfinite(variable.numpy()).all()
    ]


def check_weights(model, training=False):
    """Raises unless the weights of a model are finite.

    Args:
        model, training: see `lost_weights`.

    Raises:
        NotFiniteError: that names a weight, and what to do.
    """
    lost = lost_weights(model, training)
    if lost:
        raise NotFiniteError(
            f"The weights of {type(model).__name__} must be finite. Received: "
            f"{len(lost)} that are not, such as {lost[0]}. Its training has "
            "diverged: load an earlier checkpoint "
            "(`kerasgen.callbacks.latest_checkpoint`), or train anew with a "
            "smaller learning rate, clipped gradients (`clipnorm=1.0` of the "
            "optimizer), and rows that are standardised."
        )


def checked_values(model, values):
    """What a model returned for a caller, if it is finite.

    Args:
        model: `MultiOptimizerModel`.
        values: array, of any type.

    Returns:
        `values`.

    Raises:
        NotFiniteError: if a value is not finite.
    """
    values = np.asarray(values)
    if values.dtype == object:  # Texts.
        return values
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
