"""What networks between two domains of images share."""

import math
from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.layers import with_unit_norm
from kerasgen.networks import sizes

_MIN_SIZE, _MAX_SIZE = 16, 256


def check_shapes(
    source_shape: Sequence[int], target_shape: Sequence[int], network: str
) -> None:
    """Raises unless both are images with sides from 16 to 256 pixels."""
    for name, shape in (
        ("source_shape", source_shape),
        ("target_shape", target_shape),
    ):
        sizes.check_size(shape, network, _MIN_SIZE, _MAX_SIZE, name)


def check_halvings(
    name: str, halvings: int, shape: Sequence[int], kept: int = 0
) -> None:
    """Raises where instance normalization would have one place, and give zero.

    Args:
        name: str. What the caller calls the number.
        halvings: int. How often images are halved.
        shape: `(height, width, channels)`.
        kept: int. Halvings whose outcome is not normalized.
    """
    most = kept + math.ceil(math.log2(max(shape[:2]))) - 1
    if halvings > most:
        raise ValueError(
            f"Argument `{name}` must leave more than one place of images of "
            f"{shape[0]} x {shape[1]} pixels. Received: {name}={halvings}. "
            f"Choose at most {most}."
        )


def to_network(
    images: keras.KerasTensor, target_shape: Sequence[int]
) -> keras.KerasTensor:
    """Images in [0, 1] in [-1, 1], at the target's size.

    Args:
        images: `keras.KerasTensor` of shape `(batch, height, width, channels)`.
        target_shape: `(height, width, channels)`.

    Returns:
        `keras.KerasTensor` of the target's height and width, and channels as
        before.
    """
    height, width = target_shape[:2]
    # What is left to bilinear interpolation is less than a half, which would
    # leave out pixels; windows that are not full leave out none.
    factors = [
        max(1, side // wanted)
        for side, wanted in zip(images.shape[1:3], target_shape)
    ]
    if max(factors) > 1:
        images = layers.AveragePooling2D(
            factors, padding="same", dtype="float32"
        )(images)
    if images.shape[1:3] != (height, width):
        # Not with `antialias`, which XLA does not know.
        images = layers.Resizing(height, width, dtype="float32")(images)
    return layers.Rescaling(2.0, offset=-1.0)(images)


def to_images(x: keras.KerasTensor) -> keras.KerasTensor:
    """The papers' tanh, rescaled to [0, 1], in float32."""
    x = layers.Activation("tanh", dtype="float32")(x)
    return layers.Rescaling(0.5, offset=0.5, dtype="float32")(x)


def convolution(
    x: keras.KerasTensor,
    filters: int,
    side: int,
    strides: int = 1,
    use_bias: bool = False,
    name: str | None = None,
    spectral_normalization: bool = False,
    dtype: str | None = None,
) -> keras.KerasTensor:
    """A convolution with the initial weights of the papers."""
    layer = layers.Conv2D(
        filters,
        side,
        strides=strides,
        padding="same",
        use_bias=use_bias,
        kernel_initializer=initializer(),
        name=name,
        dtype=dtype,
    )
    return with_unit_norm(layer, spectral_normalization)(x)


def initializer() -> keras.Initializer:
    """Normal with deviation 0.02, as all of the papers have it."""
    return keras.initializers.RandomNormal(stddev=0.02)
