"""Convolutional networks after DCGAN (Radford et al. 2016).

Strided convolutions halve and double images, between one of 4 by 4 or less,
with many filters, and the image itself; with fewer, a discriminator would see
strokes and not the digit. A size that cannot be halved so often is made a
little too large and cropped.
"""

import math

import keras
from keras import layers

from kerasgen.utils.arguments import check_positive_integer

MIN_SIZE, MAX_SIZE = 8, 64
_CORE_SIZE = 4


def encoder(data_shape, num_outputs, filters=64, kernel_size=5):
    """Images -> numbers.

    Args:
        data_shape: `(height, width, channels)`; height and width from 8 to 64.
        num_outputs: int.
        filters: int. Filters of the layer next to the image; doubled each time
            the image is halved.
        kernel_size: int. Side of the convolutions' kernels, in pixels.

    Returns:
        `keras.Model` from `(batch, *data_shape)` to `(batch, num_outputs)`.
    """
    return _to_numbers(data_shape, num_outputs, filters, kernel_size, "encoder")


def discriminator(data_shape, filters=64, kernel_size=5):
    """Images -> one logit; the arguments are those of `encoder`."""
    return _to_numbers(data_shape, 1, filters, kernel_size, "discriminator")


def decoder(data_shape, latent_dim, filters=64, kernel_size=5):
    """Latents -> logits or means of images.

    Args:
        data_shape: `(height, width, channels)`; height and width from 8 to 64.
        latent_dim: int.
        filters: int. Filters of the layer before the image.
        kernel_size: int. Side of the convolutions' kernels, in pixels. One
            that the stride of 2 divides leaves no checkerboard.

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *data_shape)`,
        linear at its end.
    """
    inputs = keras.Input((latent_dim,))
    outputs = _to_image(inputs, data_shape, filters, kernel_size, None)
    return keras.Model(inputs, outputs, name="decoder")


def generator(data_shape, latent_dim, filters=64, kernel_size=5):
    """Latents -> images in [0, 1]; the arguments are those of `decoder`.

    The paper's tanh is rescaled at the end, as the discriminator's input is at
    its start.
    """
    inputs = keras.Input((latent_dim,))
    x = _to_image(inputs, data_shape, filters, kernel_size, "tanh")
    outputs = layers.Rescaling(0.5, offset=0.5, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="generator")


def _to_numbers(data_shape, num_outputs, filters, kernel_size, name):
    check_positive_integer("filters", filters)
    check_positive_integer("kernel_size", kernel_size)
    num_halvings = _num_halvings(data_shape)
    inputs = keras.Input(data_shape)
    x = layers.Rescaling(2.0, offset=-1.0)(inputs)
    for level in range(num_halvings):
        x = layers.Conv2D(
            filters * 2**level,
            kernel_size,
            strides=2,
            padding="same",
            use_bias=level == 0,
            kernel_initializer=_initializer(),
        )(x)
        if level > 0:  # The paper leaves it out next to the image.
            x = _batch_normalization()(x)
        x = layers.LeakyReLU(0.2)(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(
        num_outputs, kernel_initializer=_initializer(), dtype="float32"
    )(x)
    return keras.Model(inputs, outputs, name=name)


def _to_image(x, data_shape, filters, kernel_size, last_activation):
    check_positive_integer("filters", filters)
    check_positive_integer("kernel_size", kernel_size)
    num_halvings = _num_halvings(data_shape)
    height, width, channels = data_shape
    start = [math.ceil(side / 2**num_halvings) for side in (height, width)]
    widest = filters * 2 ** (num_halvings - 1)
    x = layers.Dense(
        math.prod(start) * widest,
        use_bias=False,
        kernel_initializer=_initializer(),
    )(x)
    x = layers.Reshape((*start, widest))(x)
    x = layers.ReLU()(_batch_normalization()(x))
    for level in reversed(range(num_halvings - 1)):
        x = layers.Conv2DTranspose(
            filters * 2**level,
            kernel_size,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=_initializer(),
        )(x)
        x = layers.ReLU()(_batch_normalization()(x))
    x = layers.Conv2DTranspose(
        channels,
        kernel_size,
        strides=2,
        padding="same",
        activation=last_activation,
        kernel_initializer=_initializer(),
        dtype="float32",
    )(x)
    excess = [
        first * 2**num_halvings - side
        for first, side in zip(start, (height, width))
    ]
    if any(excess):
        crops = tuple((extra // 2, extra - extra // 2) for extra in excess)
        x = layers.Cropping2D(crops, dtype="float32")(x)
    return x


def _num_halvings(data_shape):
    """How often an image is halved until its shorter side is 4 or less."""
    if len(data_shape) != 3 or not all(
        MIN_SIZE <= side <= MAX_SIZE for side in data_shape[:2]
    ):
        raise ValueError(
            f"Argument `data_shape` of a dcgan network must be (height, width, "
            f"channels) with height and width from {MIN_SIZE} to {MAX_SIZE}. "
            f"Received: data_shape={tuple(data_shape)}. Resize the images "
            '(`image_size=`), or use `network="mlp"`.'
        )
    return math.ceil(math.log2(min(data_shape[:2]) / _CORE_SIZE))


def _initializer():
    return keras.initializers.RandomNormal(stddev=0.02)


def _batch_normalization():
    # Synchronized, so that replicas normalize by the batch they share.
    return layers.BatchNormalization(synchronized=True)
