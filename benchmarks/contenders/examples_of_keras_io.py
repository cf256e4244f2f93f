"""What models in the manner of Keras's examples share: their images."""

import time

import keras
import numpy as np
import tensorflow as tf


def drawn_after(contender, images, minutes, number, seed):
    """Images of shape `(number, height, width, channels)` in [0, 1].

    Args:
        contender: module of the model. Its `drawn_after` gets images with zeros
            at the ends, so that sides are multiples of its `MULTIPLE`, minutes
            and number.
        images: float array in [0, 1].
        minutes: float. How long to train.
        number: int.
        seed: int.
    """
    keras.utils.set_random_seed(seed)
    height, width = images.shape[1:3]
    missing = [(0, -side % contender.MULTIPLE) for side in (height, width)]
    images = np.pad(images, [(0, 0), *missing, (0, 0)])
    return contender.drawn_after(images, minutes, number)[:, :height, :width]


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
