"""Residual networks of image GANs (Gulrajani et al. 2017, Miyato et al. 2018).

At 64 by 64 with the default options, the generator is that of Gulrajani et
al., https://arxiv.org/abs/1704.00028, appendix F. The discriminator starts and
ends as that of Miyato et al., https://arxiv.org/abs/1802.05957, appendix B.
Both have the self-attention of Zhang et al., https://arxiv.org/abs/1805.08318,
where one asks for it.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.layers import NORMALIZATIONS
from kerasgen.layers import first_block
from kerasgen.layers import normalize
from kerasgen.layers import residual_block
from kerasgen.layers import self_attention
from kerasgen.layers import with_unit_norm
from kerasgen.networks import sizes
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer


def encoder(
    data_shape: Sequence[int],
    num_outputs: int,
    filters: int = 64,
    blocks_per_stage: int = 1,
    attention_level: int | None = None,
) -> keras.Model:
    """Images -> numbers.

    Args:
        data_shape: `(height, width, channels)`; height and width from 8 to 256.
        num_outputs: int.
        filters: int. Filters of the block next to the image; doubled each time
            the image is halved again, up to 8 times as many.
        blocks_per_stage: int. Residual blocks at each size.
        attention_level: int or `None`. How often an image is halved where
            every place looks at every other, from 1 on: of images of 64 by 64,
            1 is where they are 32 by 32, as in the paper.

    Returns:
        `keras.Model` from `(batch, *data_shape)` to `(batch, num_outputs)`.
    """
    inputs = keras.Input(data_shape)
    x = _narrow(inputs, filters, blocks_per_stage, attention_level, "batch")
    x = layers.Flatten()(layers.ReLU()(normalize(x, "batch")))
    outputs = layers.Dense(num_outputs, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="encoder")


def discriminator(
    data_shape: Sequence[int],
    num_outputs: int = 1,
    filters: int = 64,
    blocks_per_stage: int = 1,
    discriminator_normalization: str | None = None,
    spectral_normalization: bool = False,
    attention_level: int | None = None,
) -> keras.Model:
    """Images -> logits, from features pooled over the whole image.

    Args:
        data_shape: `(height, width, channels)`; height and width from 8 to 256.
        num_outputs: int.
        filters: int. Filters of the block next to the image; doubled each time
            the image is halved again, up to 8 times as many.
        blocks_per_stage: int. Residual blocks at each size.
        discriminator_normalization: `"batch"`, `"layer"`, `"instance"` or
            `None`. A gradient penalty does not go with `"batch"`.
        spectral_normalization: bool. Whether every kernel keeps spectral norm 1
            (Miyato et al. 2018).
        attention_level: see `encoder`.

    Returns:
        `keras.Model` from `(batch, *data_shape)` to `(batch, num_outputs)`.
    """
    check_choice(
        "discriminator_normalization",
        discriminator_normalization,
        NORMALIZATIONS,
    )
    inputs = keras.Input(data_shape)
    x = _narrow(
        inputs,
        filters,
        blocks_per_stage,
        attention_level,
        discriminator_normalization,
        spectral_normalization,
    )
    x = layers.ReLU()(x)
    height, width = x.shape[1:3]
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    if spectral_normalization:
        # Miyato et al. sum over the image, which only their weights stand:
        # others start with logits far from zero.
        x = layers.Rescaling(float(height * width), dtype="float32")(x)
    last = layers.Dense(num_outputs, dtype="float32")
    outputs = with_unit_norm(last, spectral_normalization)(x)
    return keras.Model(inputs, outputs, name="discriminator")


def decoder(
    data_shape: Sequence[int],
    latent_dim: int,
    filters: int = 64,
    blocks_per_stage: int = 1,
    generator_normalization: str | None = "batch",
    attention_level: int | None = None,
) -> keras.Model:
    """Latents -> logits or means of images.

    Args:
        data_shape: `(height, width, channels)`; height and width from 8 to 256.
        latent_dim: int.
        filters: int. Filters of the block before the image.
        blocks_per_stage: int. Residual blocks at each size.
        generator_normalization: `"batch"`, `"layer"`, `"instance"` or `None`.
        attention_level: see `encoder`.

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *data_shape)`,
        linear at its end.
    """
    inputs = keras.Input((latent_dim,))
    outputs = _to_image(
        inputs,
        data_shape,
        filters,
        blocks_per_stage,
        attention_level,
        generator_normalization,
        None,
    )
    return keras.Model(inputs, outputs, name="decoder")


def generator(
    data_shape: Sequence[int],
    latent_dim: int,
    filters: int = 64,
    blocks_per_stage: int = 1,
    generator_normalization: str | None = "batch",
    attention_level: int | None = None,
) -> keras.Model:
    """Latents -> images in [0, 1]; the arguments are those of `decoder`.

    The papers' tanh is rescaled at the end, as the discriminator's input is at
    its start.
    """
    inputs = keras.Input((latent_dim,))
    x = _to_image(
        inputs,
        data_shape,
        filters,
        blocks_per_stage,
        attention_level,
        generator_normalization,
        "tanh",
    )
    outputs = layers.Rescaling(0.5, offset=0.5, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="generator")


def _narrow(
    x,
    filters,
    blocks_per_stage,
    attention_level,
    normalization,
    spectral_normalization=False,
):
    """Images -> the smallest of features, halved block by block."""
    check_positive_integer("filters", filters)
    check_positive_integer("blocks_per_stage", blocks_per_stage)
    halvings = sizes.num_halvings(x.shape[1:], "resnet")
    _check_attention_level(attention_level, halvings)
    x = layers.Rescaling(2.0, offset=-1.0)(x)
    for level in range(halvings):
        width = sizes.width(filters, level)
        options = (normalization, spectral_normalization)
        if level == 0:
            x = first_block(
                x, width, normalization is None, spectral_normalization
            )
        else:
            x = residual_block(x, width, "down", *options)
        for _ in range(blocks_per_stage - 1):
            x = residual_block(x, width, None, *options)
        if level + 1 == attention_level:
            x = self_attention(x, spectral_normalization)
    return x


def _to_image(
    x,
    data_shape,
    filters,
    blocks_per_stage,
    attention_level,
    normalization,
    last_activation,
):
    check_choice("generator_normalization", normalization, NORMALIZATIONS)
    check_positive_integer("filters", filters)
    check_positive_integer("blocks_per_stage", blocks_per_stage)
    halvings = sizes.num_halvings(data_shape, "resnet")
    _check_attention_level(attention_level, halvings)
    core = sizes.core_size(data_shape, halvings)
    widest = sizes.width(filters, halvings - 1)
    x = layers.Dense(math.prod(core) * widest)(x)
    x = layers.Reshape((*core, widest))(x)
    for level in reversed(range(halvings)):
        if level + 1 == attention_level:
            x = self_attention(x)
        width = sizes.width(filters, level)
        x = residual_block(x, width, "up", normalization)
        for _ in range(blocks_per_stage - 1):
            x = residual_block(x, width, None, normalization)
    x = layers.ReLU()(normalize(x, normalization))
    x = layers.Conv2D(
        data_shape[-1],
        3,
        padding="same",
        activation=last_activation,
        dtype="float32",
    )(x)
    return sizes.crop(x, data_shape)


def _check_attention_level(level, halvings):
    if level is not None:
        check_choice("attention_level", level, range(1, halvings + 1))
