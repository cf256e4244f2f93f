"""What goes into a discriminator, and what comes out."""

from typing import NamedTuple

import tensorflow as tf


class DiscriminatorInput(NamedTuple):
    """What a discriminator is given: data, real or fake, and a condition."""

    data: tf.Tensor
    condition: tf.Tensor | None = None


class DiscriminatorOutput(NamedTuple):
    """What the discriminator was given and returned, and its logits."""

    inputs: DiscriminatorInput
    outputs: tf.Tensor
    logits: tf.Tensor


# Activations that must not end a network of the user's own, and why.
MUST_RETURN_IMAGES = {
    "tanh": "must return images in [0, 1]: put `Rescaling(0.5, offset=0.5)` "
    "after the final tanh"
}
MUST_RETURN_LOGITS = {"sigmoid": "must return logits, without a final sigmoid"}
