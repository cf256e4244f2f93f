"""U-Net from images to images (Isola et al. 2017).

Isola et al., https://arxiv.org/abs/1611.07004, appendix 6.1.1, with instance
normalization, which is what theirs comes to in batches of one image.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.layers import normalize
from kerasgen.networks import image_pairs
from kerasgen.networks import sizes
from kerasgen.utils.arguments import check_fraction
from kerasgen.utils.arguments import check_positive_integer

# Times the filters next to the images, at most.
_WIDEST = 8
# Ways up, from the smallest size, that have dropout.
_WITH_DROPOUT = 3


def translator(
    source_shape: Sequence[int],
    target_shape: Sequence[int],
    filters: int = 64,
    num_halvings: int | None = None,
    dropout: float = 0.5,
) -> keras.Model:
    """Images of one domain -> images of another, in [0, 1].

    Args:
        source_shape, target_shape: `(height, width, channels)`; height and
            width from 16 to 256. Images are resized to the target's size first.
        filters: int. Filters next to the images; doubled each time they are
            halved, up to eight times as many.
        num_halvings: int. How often images are halved. Defaults to as often as
            leaves one place on the shorter side.
        dropout: float. Share of values that is left out in training, on the
            first three ways up.

    Returns:
        `keras.Model` from `(batch, *source_shape)` to
        `(batch, *target_shape)`. The layers `stage_0`, `stage_1`, ... give
        features of the source, from fine to coarse.
    """
    image_pairs.check_shapes(source_shape, target_shape, "unet")
    if num_halvings is None:
        num_halvings = math.floor(math.log2(min(target_shape[:2])))
    check_positive_integer("filters", filters)
    check_positive_integer("num_halvings", num_halvings)
    # The last is not normalized.
    image_pairs.check_halvings("num_halvings", num_halvings, target_shape, 1)
    check_fraction("dropout", dropout)
    inputs = keras.Input(source_shape, name="source")
    x = image_pairs.to_network(inputs, target_shape)
    kept = []
    for level in range(num_halvings):
        width = filters * min(2**level, _WIDEST)
        # Not next to the images, and not where one place may be left, whose
        # deviation from its own mean is nothing.
        is_normalized = 0 < level < num_halvings - 1
        x = image_pairs.convolution(
            x, width, 4, 2, not is_normalized, name=f"stage_{level}"
        )
        x = normalize(x, "instance" if is_normalized else None)
        x = layers.LeakyReLU(0.2)(x)
        kept.append(x)
    for number, before in enumerate(reversed(kept[:-1])):
        x = _doubled(x, before.shape[1:])
        x = normalize(x, "instance")
        if number < _WITH_DROPOUT:
            x = layers.Dropout(dropout)(x)
        x = layers.Concatenate()([layers.ReLU()(x), before])
    x = _doubled(x, target_shape, use_bias=True)
    return keras.Model(inputs, image_pairs.to_images(x), name="translator")


def _doubled(x, shape, use_bias=False):
    x = layers.Conv2DTranspose(
        shape[-1],
        4,
        strides=2,
        padding="same",
        use_bias=use_bias,
        kernel_initializer=image_pairs.initializer(),
    )(x)
    return sizes.crop(x, shape, dtype=None)
