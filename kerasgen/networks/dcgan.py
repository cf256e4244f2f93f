"""Convolutional networks after DCGAN (Radford et al. 2016).

Strided convolutions halve and double images, between one of 4 by 4 or less,
with many filters, and the image itself; with fewer, a discriminator would see
strokes and not the digit.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.layers import NORMALIZATIONS
from kerasgen.layers import convolution_layers
from kerasgen.layers import normalize
from kerasgen.layers import with_unit_norm
from kerasgen.networks import sizes
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer


def encoder(
    data_shape: Sequence[int],
    num_outputs: int,
    filters: int = 64,
    kernel_size: int = 5,
    fast_convolutions: bool = True,
) -> keras.Model:
    """Images -> numbers.

    Args:
        data_shape: `(height, width, channels)`; height and width from 8 to 256.
        num_outputs: int.
        filters: int. Filters of the layer next to the image; doubled each time
            the image is halved, up to 8 times as many.
        kernel_size: int. Side of the convolutions' kernels, in pixels.
        fast_convolutions: bool. Whether convolutions have kernels that are
            faster on small images without a GPU, and round otherwise than
            Keras's.

    Returns:
        `keras.Model` from `(batch, *data_shape)` to `(batch, num_outputs)`.
    """
    inputs = keras.Input(data_shape)
    outputs = _to_numbers(
        inputs, num_outputs, filters, kernel_size, "batch", fast_convolutions
    )
    return keras.Model(inputs, outputs, name="encoder")


def discriminator(
    data_shape: Sequence[int],
    num_outputs: int = 1,
    filters: int = 64,
    kernel_size: int = 5,
    discriminator_normalization: str | None = "auto",
    spectral_normalization: bool = False,
    fast_convolutions: bool = True,
) -> keras.Model:
    """Images -> logits.

    Args:
        data_shape: `(height, width, channels)`; height and width from 8 to 256.
        num_outputs: int.
        filters: int. Filters of the layer next to the image; doubled each time
            the image is halved, up to 8 times as many.
        kernel_size: int. Side of the convolutions' kernels, in pixels.
        discriminator_normalization: `"batch"`, `"layer"`, `"instance"`, `None`
            or `"auto"`, which is `"batch"` without spectral normalization and
            `None` with it. A gradient penalty does not go with `"batch"`.
        spectral_normalization: bool. Whether every kernel keeps spectral norm 1
            (Miyato et al. 2018, https://arxiv.org/abs/1802.05957).
        fast_convolutions: see `encoder`.

    Returns:
        `keras.Model` from `(batch, *data_shape)` to `(batch, num_outputs)`.
    """
    check_choice(
        "discriminator_normalization",
        discriminator_normalization,
        ("auto", *NORMALIZATIONS),
    )
    if discriminator_normalization == "auto":
        discriminator_normalization = (
            None if spectral_normalization else "batch"
        )
    inputs = keras.Input(data_shape)
    outputs = _to_numbers(
        inputs,
        num_outputs,
        filters,
        kernel_size,
        discriminator_normalization,
        fast_convolutions,
        spectral_normalization,
    )
    return keras.Model(inputs, outputs, name="discriminator")


def decoder(
    data_shape: Sequence[int],
    latent_dim: int,
    filters: int = 64,
    kernel_size: int = 5,
    fast_convolutions: bool = True,
) -> keras.Model:
    """Latents -> logits or means of images.

    Args:
        data_shape: `(height, width, channels)`; height and width from 8 to 256.
        latent_dim: int.
        filters: int. Filters of the layer before the image.
        kernel_size: int. Side of the convolutions' kernels, in pixels. One
            that the stride of 2 divides leaves no checkerboard.
        fast_convolutions: see `encoder`.

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *data_shape)`,
        linear at its end.
    """
    inputs = keras.Input((latent_dim,))
    outputs = _to_image(
        inputs, data_shape, filters, kernel_size, None, fast_convolutions
    )
    return keras.Model(inputs, outputs, name="decoder")


def generator(
    data_shape: Sequence[int],
    latent_dim: int,
    filters: int = 64,
    kernel_size: int = 5,
    fast_convolutions: bool = True,
) -> keras.Model:
    """Latents -> images in [0, 1]; the arguments are those of `decoder`.

    The paper's tanh is rescaled at the end, as the discriminator's input is at
    its start.
    """
    inputs = keras.Input((latent_dim,))
    x = _to_image(
        inputs, data_shape, filters, kernel_size, "tanh", fast_convolutions
    )
    outputs = layers.Rescaling(0.5, offset=0.5, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="generator")


def _to_numbers(
    x,
    num_outputs,
    filters,
    kernel_size,
    normalization,
    fast_convolutions,
    spectral_normalization=False,
):
    check_positive_integer("filters", filters)
    check_positive_integer("kernel_size", kernel_size)
    halvings = sizes.num_halvings(x.shape[1:], "dcgan")
    convolution_layer, _ = convolution_layers(fast_convolutions)
    x = layers.Rescaling(2.0, offset=-1.0)(x)
    for level in range(halvings):
        # The paper leaves it out next to the image.
        kind = normalization if level > 0 else None
        convolution = convolution_layer(
            sizes.width(filters, level),
            kernel_size,
            strides=2,
            padding="same",
            use_bias=kind is None,
            kernel_initializer=_initializer(),
        )
        x = with_unit_norm(convolution, spectral_normalization)(x)
        x = layers.LeakyReLU(0.2)(normalize(x, kind))
    x = layers.Flatten()(x)
    last = layers.Dense(
        num_outputs, kernel_initializer=_initializer(), dtype="float32"
    )
    return with_unit_norm(last, spectral_normalization)(x)


def _to_image(
    x, data_shape, filters, kernel_size, last_activation, fast_convolutions
):
    check_positive_integer("filters", filters)
    check_positive_integer("kernel_size", kernel_size)
    halvings = sizes.num_halvings(data_shape, "dcgan")
    _, transposed_layer = convolution_layers(fast_convolutions)
    core = sizes.core_size(data_shape, halvings)
    widest = sizes.width(filters, halvings - 1)
    x = layers.Dense(
        math.prod(core) * widest,
        use_bias=False,
        kernel_initializer=_initializer(),
    )(x)
    x = layers.Reshape((*core, widest))(x)
    x = layers.ReLU()(normalize(x, "batch"))
    for level in reversed(range(halvings - 1)):
        x = transposed_layer(
            sizes.width(filters, level),
            kernel_size,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=_initializer(),
        )(x)
        x = layers.ReLU()(normalize(x, "batch"))
    x = transposed_layer(
        data_shape[-1],
        kernel_size,
        strides=2,
        padding="same",
        activation=last_activation,
        kernel_initializer=_initializer(),
        dtype="float32",
    )(x)
    return sizes.crop(x, data_shape)


def _initializer():
    return keras.initializers.RandomNormal(stddev=0.02)
