"""U-Net of flows and diffusion (Ho et al. 2020), sized for CPUs.

Ho et al., https://arxiv.org/abs/2006.11239, appendix B, with FiLM of time and
class as in Dhariwal and Nichol (2021), https://arxiv.org/abs/2105.05233. Images
enter as patches: most of the time of a step would go into places of few
channels.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.layers import AdaptiveGroupNormalization
from kerasgen.networks import patches
from kerasgen.networks import sizes
from kerasgen.networks import time_and_class
from kerasgen.utils.arguments import check_count
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_positive_integers

# Places a side from which on pixels enter as patches.
_PLACES = 16
_GROUPS = 8


def backbone(
    data_shape: Sequence[int],
    num_classes: int | None = None,
    num_times: int = 1,
    filters: Sequence[int] = (32, 64),
    blocks_per_stage: int = 1,
    patch_size: int | None = None,
    attention_heads: int = 2,
    embedding_units: int = 128,
) -> keras.Model:
    """(Data, times, classes) -> what is predicted of the data.

    Args:
        data_shape: `(height, width, channels)`; sides from 8 to 128.
        num_classes: int or `None`. Label `num_classes` stands for no class.
        num_times: int. Times that the network gets.
        filters: sequence of int. Channels at each size, from the largest; each
            size is half of the one before.
        blocks_per_stage: int. Residual blocks at each size, on either way.
        patch_size: int. Side of the squares of pixels that enter as one place.
            Defaults to the smallest power of 2 that leaves at most 16 places a
            side.
        attention_heads: int. Heads of the attention at the smallest size, 0 for
            no attention.
        embedding_units: int. Length of the vector of time and class, a multiple
            of 4.

    Returns:
        `keras.Model` from `[(batch, *data_shape), (batch, num_times)]` and, for
        classes, int32 `(batch,)`, to `(batch, *data_shape)`.
    """
    check_positive_integers("filters", filters)
    check_positive_integer("blocks_per_stage", blocks_per_stage)
    check_count("attention_heads", attention_heads)
    check_positive_integer("embedding_units", embedding_units)
    sizes.check_size(data_shape, "unet", 8, 128)
    patch_size = patch_size or patches.default_side(data_shape, _PLACES)
    data = keras.Input(data_shape, name="data")
    conditions = time_and_class.conditions(num_classes, num_times)
    condition = time_and_class.embedding(
        conditions, num_classes, embedding_units
    )

    x = patches.to_patches(data, patch_size)
    x = layers.Conv2D(filters[0], 3, padding="same")(x)
    kept = []
    for level, width in enumerate(filters):
        if level:
            x = layers.Conv2D(width, 3, strides=2, padding="same")(x)
        for _ in range(blocks_per_stage):
            x = _residual_block(x, width, condition)
        kept.append(x)
    x = _residual_block(x, filters[-1], condition)
    if attention_heads:
        x = _attention(x, attention_heads)
    for level in reversed(range(len(filters))):
        if level < len(filters) - 1:
            x = layers.UpSampling2D(interpolation="nearest")(x)
            x = sizes.crop(x, kept[level].shape[1:], dtype=None)
        x = layers.Concatenate()([x, kept[level]])
        for _ in range(blocks_per_stage):
            x = _residual_block(x, filters[level], condition)
    x = layers.Activation("silu")(_normalized(x))
    x = layers.Conv2D(
        patch_size**2 * data_shape[-1],
        3,
        padding="same",
        kernel_initializer="zeros",
    )(x)
    x = patches.from_patches(x, patch_size, data_shape)
    outputs = layers.Activation("linear", dtype="float32")(x)
    return keras.Model([data, *conditions], outputs, name="unet")


def _residual_block(x, width, condition):
    """Two convolutions beside a shortcut; time and class between them."""
    shortcut = x
    if x.shape[-1] != width:
        shortcut = layers.Conv2D(width, 1, use_bias=False)(x)
    x = layers.Activation("silu")(_normalized(x))
    x = layers.Conv2D(width, 3, padding="same")(x)
    x = _normalized(x, time_and_class.scales_and_shifts(x.shape[-1], condition))
    x = layers.Activation("silu")(x)
    x = layers.Conv2D(width, 3, padding="same", kernel_initializer="zeros")(x)
    return layers.Add()([shortcut, x])


def _attention(x, heads):
    """Every place looks at every other, beside a shortcut."""
    height, width, channels = x.shape[1:]
    places = layers.Reshape((height * width, channels))(_normalized(x))
    seen = layers.MultiHeadAttention(heads, max(channels // heads, 1))(
        places, places
    )
    return layers.Add()([x, layers.Reshape((height, width, channels))(seen)])


def _normalized(x, *scale_and_shift):
    groups = math.gcd(_GROUPS, x.shape[-1])
    return AdaptiveGroupNormalization(groups)(x, *scale_and_shift)
