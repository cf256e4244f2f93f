"""Refuses a user's own network whose shapes do not fit."""

import keras
from keras import layers

# Layers that may stand after a final activation and leave its values alone.
_SHAPING = (
    layers.Cropping2D,
    layers.Flatten,
    layers.Permute,
    layers.Reshape,
)


def check_network(network, name, input_shape, output_shape, refused=None):
    """Raises unless a user's own network maps one shape to another.

    Args:
        network: `keras.Model`.
        name: str. What the caller calls the argument.
        input_shape: tuple of int, without the batch.
        output_shape: tuple of int, without the batch.
        refused: dict from the name of an activation that must not end the
            network to the reason.
    """
    if not isinstance(network, keras.Model) or not network.built:
        raise ValueError(
            f"Argument `{name}` must be a built keras.Model. "
            f"Received: {name}={network!r}. Make it with `keras.Input`, or "
            "call it once."
        )
    # A subclassed model has no `input_shape`; calling it tells enough.
    inputs = getattr(network, "input_shape", (None, *input_shape))
    if inputs != (None, *input_shape):
        raise ValueError(
            f"Argument `{name}` must take inputs of shape "
            f"{(None, *input_shape)}. Received: a model that takes {inputs}."
        )
    outputs = getattr(network, "output_shape", None)
    if outputs is None:
        one = network(keras.ops.zeros((1, *input_shape)))
        outputs = (None, *one.shape[1:])
    if outputs != (None, *output_shape):
        raise ValueError(
            f"Argument `{name}` must return outputs of shape "
            f"{(None, *output_shape)}. "
            f"Received: a model that returns {outputs}."
        )
    last = [
        layer
        for layer in getattr(network, "layers", [])
        if not isinstance(layer, _SHAPING)
    ][-1:]
    activation = last and getattr(last[0], "activation", None)
    activation = getattr(activation, "__name__", None)
    if activation in (refused or {}):
        raise ValueError(
            f"Argument `{name}` {refused[activation]}. "
            f"Received: a model that ends in {activation}."
        )
