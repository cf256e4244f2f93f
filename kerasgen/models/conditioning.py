"""How class labels reach networks that take images or latents."""

import numpy as np
import tensorflow as tf

from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.labels import numbers_of


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
    if values.shape.rank == 4:
        _, height, width, _ = values.shape
        classes = tf.tile(classes[:, None, None], (1, height, width, 1))
    return tf.concat([values, classes], axis=-1)


def shape_with_labels(shape, num_classes):
    """The shape of what `with_labels` returns, without the batch."""
    return (*shape[:-1], shape[-1] + num_classes)


def check_num_classes(num_classes, name="num_classes"):
    """Raises unless `num_classes` is an integer of at least 2."""
    check_positive_integer(name, num_classes)
    if num_classes < 2:
        raise ValueError(
            f"Argument `{name}` must be at least 2. "
            f"Received: {name}={num_classes}."
        )


def check_labels(
    labels, num_classes, num_rows=None, name="labels", class_names=None
):
    """Labels as an int32 array of one label a row.

    Args:
        labels: int or name, or array of these of shape `(n,)` or `(n, 1)`.
        num_classes: int.
        num_rows: int. How many there must be; one label is repeated.
        name: str. What the caller calls the argument.
        class_names: sequence of str, or `None` where classes have no names.

    Returns:
        int32 array of shape `(num_rows,)`.

    Raises:
        ValueError: for labels that are no names and no integers from 0 to
            `num_classes - 1`, or not one a row.
    """
    found = numbers_of(labels, class_names, name)
    expected = (
        f"Argument `{name}` must be integers from 0 to {num_classes - 1}, one "
        "a row"
    )
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.dtype.kind not in "iu" or found.ndim > 1:
        raise ValueError(
            f"{expected}. Received: {name} of dtype {found.dtype} and shape "
            f"{found.shape}."
        )
    wrong = found[(found < 0) | (found >= num_classes)]
    if wrong.size:
        raise ValueError(f"{expected}. Received: {name} with {wrong.flat[0]}.")
    if num_rows is not None:
        if found.ndim and len(found) != num_rows:
            raise ValueError(
                f"{expected}. Received: {len(found)} labels for {num_rows} "
                "rows."
            )
        found = np.broadcast_to(found, (num_rows,))
    return found.astype(np.int32)
