"""Numbers of images in memory -> numbers that models take."""

import tensorflow as tf


def to_float(images):
    """Tensors of images as float32, those of uint8 divided by 255.

    Args:
        images: tensor of shape `(batch, ...)`. Of shape `(batch, length)`,
            rows of any numbers, whose uint8 stays what it is.
    """
    is_bytes = images.dtype == tf.uint8 and images.shape.rank != 2
    images = tf.cast(images, tf.float32)
    return images / 255.0 if is_bytes else images
