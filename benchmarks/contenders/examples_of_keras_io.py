"""What models in the manner of Keras's examples share: their images."""

import time

import numpy as np
import tensorflow as tf


def padded(images, multiple):
    """Images whose sides networks can halve often enough, zeros at the ends.

    Args:
        images: array of shape `(number, height, width, channels)`.
        multiple: int. What sides shall be multiples of.
    """
    missing = [(0, -side % multiple) for side in images.shape[1:3]]
    return np.pad(images, [(0, 0), *missing, (0, 0)])


def batches_for(minutes, images, batch_size):
    """Yields shuffled batches, epoch after epoch, until the time is over."""
    batches = (
        tf.data.Dataset.from_tensor_slices(images.astype("float32"))
        .shuffle(len(images))
        .repeat()
        .batch(batch_size, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )
    end = time.monotonic() + 60 * minutes
    for batch in batches:
        yield batch
        if time.monotonic() > end:
            return
