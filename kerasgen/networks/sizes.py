"""Sizes of images that convolutional networks halve and double.

Halving goes on until an image is 4 by 4 or less. A size that cannot be halved
so often is made a little too large on the way back, and cropped.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.data.kinds import Images
from kerasgen.data.kinds import as_kind

_MIN_SIZE, _MAX_SIZE = 8, 256
_CORE_SIZE = 4
# Where an image has been halved so often that its features would be more than
# these times the `filters` next to it, they stay as many.
_WIDEST = 8


def num_halvings(data_shape: Sequence[int], network: str) -> int:
    """How often an image is halved until its shorter side is 4 or less.

    Args:
        data_shape: `(height, width, channels)`; height and width from 8 to 256.
        network: str. Name of the network, for the error.

    Returns:
        int, from 1 to 6.

    Raises:
        ValueError: for another rank or size, with the range.
    """
    check_size(data_shape, network, _MIN_SIZE, _MAX_SIZE)
    return math.ceil(math.log2(min(data_shape[:2]) / _CORE_SIZE))


def check_size(
    data_shape: Sequence[int],
    network: str,
    smallest: int,
    largest: int,
    name: str = "data_shape",
) -> None:
    """Raises unless data are images with sides in a range.

    Args:
        data_shape: tuple of int.
        network: str. Name of the network, for the error.
        smallest, largest: int. The range, in pixels.
        name: str. What the caller calls the argument.
    """
    if not isinstance(as_kind(data_shape), Images) or not all(
        smallest <= side <= largest for side in data_shape[:2]
    ):
        fix = 'Resize the images (`image_size=`), or use `network="mlp"`.'
        if name != "data_shape":
            fix = f"Resize them (`{name.removesuffix('_shape')}_size=`)."
        if name == "source_shape":
            fix += " One that is made of the target has the target's size."
        raise ValueError(
            f"Argument `{name}` of a {network} network must be (height, "
            f"width, channels) with height and width from {smallest} to "
            f"{largest}. Received: {name}={tuple(data_shape)}. {fix}"
        )


def width(filters: int, level: int) -> int:
    """Filters of a network where the image has been halved `level` times more.

    Args:
        filters: int. Filters next to the image.
        level: int, from 0 on.

    Returns:
        int: doubled with each halving, up to 8 times `filters`, as deep as
        networks of 64 by 64 are.
    """
    return filters * min(2**level, _WIDEST)


def core_size(data_shape: Sequence[int], halvings: int) -> tuple[int, ...]:
    """`(height, width)` from which doubling reaches at least the image."""
    return tuple(math.ceil(side / 2**halvings) for side in data_shape[:2])


def crop(
    x: keras.KerasTensor,
    data_shape: Sequence[int],
    dtype: str | None = "float32",
) -> keras.KerasTensor:
    """Cuts the borders of images that were made a little too large.

    Args:
        x: `keras.KerasTensor` of shape `(batch, height, width, channels)`.
        data_shape: `(height, width, channels)`.
        dtype: str, or `None` for that of Keras's settings.

    Returns:
        `keras.KerasTensor` of shape `(batch, *data_shape)`.
    """
    excess = [have - side for have, side in zip(x.shape[1:3], data_shape)]
    if not any(excess):
        return x
    crops = tuple((extra // 2, extra - extra // 2) for extra in excess)
    return layers.Cropping2D(crops, dtype=dtype)(x)
