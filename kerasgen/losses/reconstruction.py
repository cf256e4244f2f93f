"""Errors of reconstruction, summed over all pixels."""

from collections.abc import Callable

import tensorflow as tf

from kerasgen.losses.likelihoods import bernoulli_log_likelihood
from kerasgen.utils.arguments import check_choice


def binary_cross_entropy(images: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """`-sum(x log p + (1 - x) log(1 - p))` with `p = sigmoid(logits)`.

    Args:
        images: float tensor of shape `(batch, ...)` in [0, 1].
        logits: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`, in nats.
    """
    return -bernoulli_log_likelihood(images, logits)


def squared_error(images: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    """`sum((x - y)^2)`.

    Args:
        images: float tensor of shape `(batch, ...)`.
        outputs: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`.

    Example:

    >>> squared_error(tf.constant([[1.0, 5.0]]), tf.constant([[3.0, 4.0]]))
    <tf.Tensor: shape=(1,), dtype=float32, numpy=array([5.], dtype=float32)>
    """
    difference = tf.cast(images, tf.float32) - tf.cast(outputs, tf.float32)
    pixels = tuple(range(1, difference.shape.rank))
    return tf.reduce_sum(tf.square(difference), axis=pixels)


def reconstruction_loss(
    name: str,
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """The reconstruction loss of a name.

    Args:
        name: str. `"binary_cross_entropy"` or `"squared_error"`.

    Returns:
        A function of images and what a decoder returns.

    Raises:
        ValueError: for another name.
    """
    check_choice("loss", name, tuple(RECONSTRUCTION_LOSSES))
    return RECONSTRUCTION_LOSSES[name]


RECONSTRUCTION_LOSSES = {
    "binary_cross_entropy": binary_cross_entropy,
    "squared_error": squared_error,
}
