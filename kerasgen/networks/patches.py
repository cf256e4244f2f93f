"""Images as fewer places with more channels, and back."""

from collections.abc import Sequence

import keras
from keras import layers
from keras import ops

from kerasgen.networks import sizes


def to_patches(x: keras.KerasTensor, side: int) -> keras.KerasTensor:
    """Squares of pixels become channels of one place.

    Args:
        x: `keras.KerasTensor` of shape `(batch, height, width, channels)`.
            Sides that are no multiple of `side` get zeros at the ends.
        side: int. Side of a square, in pixels.

    Returns:
        `keras.KerasTensor` of `channels * side**2` channels.
    """
    if side == 1:
        return x
    missing = [-size % side for size in x.shape[1:3]]
    if any(missing):
        x = layers.ZeroPadding2D(tuple((m // 2, m - m // 2) for m in missing))(
            x
        )
    height, width, channels = x.shape[1:]
    x = ops.reshape(
        x, (-1, height // side, side, width // side, side, channels)
    )
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(
        x, (-1, height // side, width // side, side * side * channels)
    )


def from_patches(
    x: keras.KerasTensor, side: int, data_shape: Sequence[int]
) -> keras.KerasTensor:
    """Channels become squares of pixels: `to_patches` turned round.

    Args:
        x: `keras.KerasTensor` of shape `(batch, height, width, channels)`.
        side: int.
        data_shape: `(height, width, channels)` of the image.

    Returns:
        `keras.KerasTensor` of shape `(batch, *data_shape)`.
    """
    if side == 1:
        return x
    height, width = x.shape[1:3]
    channels = data_shape[-1]
    x = ops.reshape(x, (-1, height, width, side, side, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    x = ops.reshape(x, (-1, height * side, width * side, channels))
    return sizes.crop(x, data_shape)


def default_side(data_shape: Sequence[int], places: int) -> int:
    """The smallest side of patches that leaves at most `places` a side."""
    side = 1
    while max(data_shape[:2]) > places * side:
        side *= 2
    return side
