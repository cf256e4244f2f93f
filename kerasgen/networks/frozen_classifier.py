"""Copies of a user's classifier that judge, and do not learn."""

from collections.abc import Sequence

import keras
import numpy as np

from kerasgen.networks.check import check_built
from kerasgen.networks.check import check_network

_TOLERANCE = 1e-2  # Of the sum of probabilities, in half precision too.


def frozen_classifier(
    network: keras.Model, name: str, input_shape: Sequence[int]
) -> keras.Model:
    """A copy of a classifier whose weights stay as they are.

    Args:
        network: `keras.Model` from images to probabilities of classes.
        name: str. What the caller calls the argument.
        input_shape: tuple of int, without the batch.

    Returns:
        `keras.Model`. The user's own is left as it is, and may go on learning.

    Raises:
        ValueError: if it is no such network.
    """
    check_classifier(network, name, input_shape)
    copy = keras.models.clone_model(uncompiled(network))
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def uncompiled(network: keras.Model) -> keras.Model:
    """The layers of a network, for a copy without its optimizer and loss.

    Keras would copy both, and cannot where a loss is the user's own function.
    """
    return keras.Model(network.inputs[0], network.outputs[0], name=network.name)


def check_classifier(
    network: keras.Model, name: str, input_shape: Sequence[int]
) -> None:
    """Raises unless a network maps images to probabilities of classes.

    Args:
        network, name, input_shape: see `frozen_classifier`.
    """
    check_built(network, name)
    if not hasattr(network, "output_shape"):
        raise ValueError(
            f"Argument `{name}` must be a functional or sequential "
            "keras.Model, which can be copied layer by layer. Received: a "
            f"{type(network).__name__}. Wrap it: `keras.Model(inputs, "
            "network(inputs))` with `inputs = keras.Input(...)`."
        )
    check_network(network, name, input_shape, network.output_shape[1:][-1:])
    zeros = keras.ops.zeros((1, *input_shape))
    # Layers that augment images train unless they are told not to.
    found = np.asarray(network(zeros, training=False))
    if not np.allclose(found.sum(axis=-1), 1.0, atol=_TOLERANCE):
        raise ValueError(
            f"Argument `{name}` must return probabilities, which add up to 1: "
            "a network that ends in softmax. Received: one that returns "
            f"{found[0]} for zeros."
        )
