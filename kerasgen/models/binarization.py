"""Images of greys as zeros and ones."""

import numpy as np
import tensorflow as tf

from kerasgen.utils import random
from kerasgen.utils.seeds import seed_rows
from kerasgen.utils.tracing import traced

BINARIZATIONS = (None, "dynamic", "threshold")
# Images whose pixels are drawn at a time.
_ROWS = 1000


def binarized_batch(batch, binarization):
    """The images of a step.

    Args:
        batch: `kerasgen.engine.GlobalBatch`, whose first column is images.
        binarization: `None`; `"dynamic"`, which draws each pixel anew in each
            step, 1 with its grey for a probability; or `"threshold"`, 1 from
            0.5 on.
    """
    images = batch.data
    if binarization == "dynamic":
        drawn = batch.uniform(images.shape[1:]) < images
        return tf.cast(drawn, tf.float32)
    if binarization == "threshold":
        return tf.cast(images >= 0.5, tf.float32)
    return images


def binarized(images, binarization, seed):
    """Images as zeros and ones, for an evaluation that can be repeated.

    Args:
        images: float array of shape `(n, *data_shape)` in [0, 1].
        binarization: `None`, `"dynamic"` or `"threshold"`.
        seed: int. Each pixel of image `i` is drawn once, as a function of
            (`seed`, `i`), if `"dynamic"`.

    Returns:
        float32 array of the same shape.
    """
    images = np.asarray(images, np.float32)
    if binarization is None:
        return images
    draw = traced(binarized_rows)
    seeds = seed_rows(seed, len(images)).astype(np.int64)
    drawn = np.empty_like(images)
    for start in range(0, len(images), _ROWS):
        rows = slice(start, start + _ROWS)
        drawn[rows] = draw(
            tf.constant(images[rows]), binarization, tf.constant(seeds[rows])
        )
    return drawn


def binarized_rows(images, binarization, seeds):
    """`binarized` of tensors, image `i` by row `i` of int64 seeds `(n, 2)`."""
    if binarization is None:
        return images
    if binarization == "threshold":
        return tf.cast(images >= 0.5, tf.float32)
    seeds += random.family_seed(0, random.Family.PIXELS, 0)
    bits = random.bits_from_seed_rows(seeds, images.shape[1:])
    return tf.cast(random.uniform_from_bits(bits) < images, tf.float32)
