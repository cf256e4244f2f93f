"""Differentiable augmentation of what a discriminator sees."""

import tensorflow as tf

from kerasgen.layers.image_transforms import cut_out
from kerasgen.layers.image_transforms import translate

# How many uniform numbers decide how an image is transformed.
NUM_DRAWS = 7
_TRANSLATION, _CUTOUT = 1 / 8, 1 / 2


def diff_augment(images, uniform):
    """Changes colour, moves, and covers a part of images: DiffAugment.

    One after the other (section 4 of Zhao et al., with the amounts of their
    code): brightness, by up to a quarter of the range of values; saturation,
    times 0 to 2; contrast, times 0.5 to 1.5; translation, by up to an eighth of
    the image each way; cutout of a square of half the image's sides. What comes
    in or is covered is grey, theirs too, as 0 is where images are in [-1, 1].

    Args:
        images: float tensor of shape `(batch, height, width, channels)` in
            [0, 1].
        uniform: float tensor of shape `(batch, 7)` in [0, 1), what decides.

    Returns:
        A float32 tensor of the shape of `images`, which may leave [0, 1]; a
        differentiable function of them.

    References:
        - Zhao et al. (2020), Differentiable Augmentation for Data-Efficient GAN
          Training, https://arxiv.org/abs/2006.10738
    """
    images = tf.cast(images, tf.float32)
    height, width = images.shape[1:3]
    brightness, saturation, contrast, *places = tf.unstack(uniform, axis=1)
    images += _broadcast(0.5 * (brightness - 0.5))
    images = _scaled(images, [3], 2.0 * saturation)
    images = _scaled(images, [1, 2, 3], contrast + 0.5)
    down, across, row, column = places
    images = translate(
        images,
        *(
            _whole(place, 2 * largest + 1) - largest
            for place, largest in (
                (down, round(height * _TRANSLATION)),
                (across, round(width * _TRANSLATION)),
            )
        ),
    )
    size = round(height * _CUTOUT), round(width * _CUTOUT)
    return cut_out(
        images,
        _whole(row, height + 1 - size[0] % 2),
        _whole(column, width + 1 - size[1] % 2),
        size,
    )


def _scaled(images, axes, factor):
    """Differences from the mean over some axes, times a factor an image."""
    mean = tf.reduce_mean(images, axes, keepdims=True)
    return mean + (images - mean) * _broadcast(factor)


def _broadcast(values):
    return values[:, None, None, None]


def _whole(uniform, number):
    """An integer from 0 to `number - 1`, each as likely."""
    found = tf.cast(uniform * number, tf.int32)
    return tf.minimum(found, number - 1)
