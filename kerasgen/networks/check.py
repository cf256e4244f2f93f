"""Refuses a user's own network whose shapes do not fit."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

# Layers that may stand after a final activation and leave its values alone.
_SHAPING = (
    layers.Cropping2D,
    layers.Flatten,
    layers.Permute,
    layers.Reshape,
)


def check_built(network: keras.Model, name: str) -> None:
    """Raises unless something is a `keras.Model` that has its weights."""
    if not isinstance(network, keras.Model) or not network.built:
        raise ValueError(
            f"Argument `{name}` must be a built keras.Model. "
            f"Received: {name}={network!r}. Make it with `keras.Input`, or "
            "call it once."
        )


def check_network(
    network: keras.Model,
    name: str,
    input_shape: Sequence[Any],
    output_shape: Sequence[int],
    refused: Mapping[str, str] | None = None,
) -> None:
    """Raises unless a user's own network maps one shape to another.

    Args:
        network: `keras.Model`.
        name: str. What the caller calls the argument.
        input_shape: tuple of int, without the batch; a list of them for a
            network of several inputs, in their order.
        output_shape: tuple of int, without the batch.
        refused: dict from the name of an activation that must not end the
            network to the reason.
    """
    check_built(network, name)
    expected: Any
    if isinstance(input_shape, list):
        expected = [(None, *shape) for shape in input_shape]
        zeros = [keras.ops.zeros((1, *shape)) for shape in input_shape]
        kind = "a list of inputs of shapes"
    else:
        expected = (None, *input_shape)
        zeros = keras.ops.zeros((1, *input_shape))
        kind = "inputs of shape"
    # A subclassed model has no `input_shape`; calling it tells enough.
    inputs = getattr(network, "input_shape", expected)
    if inputs != expected:
        raise ValueError(
            f"Argument `{name}` must take {kind} {expected}. "
            f"Received: a model that takes {inputs}."
        )
    outputs = getattr(network, "output_shape", None)
    if outputs is None:
        outputs = (None, *network(zeros, training=False).shape[1:])
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
    # `SpectralNormalization` and other wrappers hold the layer that ends it.
    last = [getattr(layer, "layer", layer) for layer in last]
    activation = last and getattr(last[0], "activation", None)
    activation = getattr(activation, "__name__", None)
    refused = refused or {}
    if activation is not None and activation in refused:
        raise ValueError(
            f"Argument `{name}` {refused[activation]}. "
            f"Received: a model that ends in {activation}."
        )
