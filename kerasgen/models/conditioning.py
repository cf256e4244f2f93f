"""How class labels reach networks that take images or latents."""

import tensorflow as tf

from kerasgen.utils.arguments import check_positive_integer


def with_labels(values, labels, num_classes):
    """Appends one-hot labels to rows, or as maps to the channels of images.

    Args:
        values: float tensor of shape `(batch, length)` or
            `(batch, height, width, channels)`.
        labels: int tensor of shape `(batch,)`.
        num_classes: int.

    Returns:
        A tensor whose last axis is longer by `num_classes`.
    """
    classes = tf.one_hot(labels, num_classes, dtype=values.dtype)
    places = values.shape[1:-1]
    classes = tf.reshape(classes, (-1, *(1 for _ in places), num_classes))
    # Not `tf.tile`, whose result OpenVINO 2026.4 has in another order.
    classes += tf.zeros((*places, num_classes), values.dtype)
    return tf.concat([values, classes], axis=-1)


def shape_with_labels(shape, num_classes):
    """The shape of what `with_labels` returns, without the batch."""
    return (*shape[:-1], shape[-1] + num_classes)


def at_least_two(name, value):
    """Raises unless a number, such as one of classes, is at least 2."""
    check_positive_integer(name, value)
    if value < 2:
        raise ValueError(
            f"Argument `{name}` must be at least 2. Received: {name}={value}."
        )
