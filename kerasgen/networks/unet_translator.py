"""U-Net from images to images (Isola et al. 2017).

Isola et al., https://arxiv.org/abs/1611.07004, appendix 6.1.1, with instance
normalization, which is what theirs comes to in batches of one image.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.layers import NORMALIZATIONS
from kerasgen.layers import normalize
from kerasgen.networks import image_pairs
from kerasgen.networks import sizes
from kerasgen.utils.arguments import check_choice
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
    residual: bool = False,
    generator_normalization: str | None = "instance",
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
        residual: bool. Whether what it draws is added to the source, so that
            what is right already need not be drawn anew: for images that are
            restored (Zhang et al. 2017, https://arxiv.org/abs/1608.03981,
            section III-A). Source and target must have as many channels, or the
            source one.
        generator_normalization: `"instance"`, `"batch"`, `"layer"` or `None`.
            Instance normalization does not let through how bright and of what
            colour an area is, which batch normalization, as the paper has it
            for larger batches, does.

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
    check_choice(
        "generator_normalization", generator_normalization, NORMALIZATIONS
    )
    if residual and source_shape[-1] not in (1, target_shape[-1]):
        raise ValueError(
            "Argument `residual` must be False unless the source has as many "
            "channels as the target, or one. Received: residual=True for "
            f"{source_shape[-1]} and {target_shape[-1]} channels."
        )
    inputs = keras.Input(source_shape, name="source")
    image = x = image_pairs.to_network(inputs, target_shape)
    kept = []
    for level in range(num_halvings):
        width = filters * min(2**level, _WIDEST)
        # Not next to the images, and not where one place may be left, whose
        # deviation from its own mean is nothing.
        is_normalized = 0 < level < num_halvings - 1
        kind = generator_normalization if is_normalized else None
        x = image_pairs.convolution(
            x, width, 4, 2, kind is None, name=f"stage_{level}"
        )
        x = normalize(x, kind)
        x = layers.LeakyReLU(0.2)(x)
        kept.append(x)
    for number, before in enumerate(reversed(kept[:-1])):
        x = _doubled(
            x, before.shape[1:], use_bias=generator_normalization is None
        )
        x = normalize(x, generator_normalization)
        if number < _WITH_DROPOUT:
            x = layers.Dropout(dropout)(x)
        x = layers.Concatenate()([layers.ReLU()(x), before])
    if residual:
        outputs = _added(x, image, target_shape, filters)
    else:
        x = _doubled(x, target_shape, use_bias=True)
        outputs = image_pairs.to_images(x)
    return keras.Model(inputs, outputs, name="translator")


def _added(x, image, target_shape, filters):
    """The image in [-1, 1] and what is to be added to it, as one in [0, 1]."""
    x = _doubled(x, (*target_shape[:2], filters), use_bias=True)
    # At full size once more, where noise is told from edges.
    x = layers.Concatenate()([layers.ReLU()(x), image])
    x = layers.ReLU()(image_pairs.convolution(x, filters, 3, use_bias=True))
    change = image_pairs.convolution(x, target_shape[-1], 3, use_bias=True)
    x = layers.Add(dtype="float32")([change, image])
    x = layers.Rescaling(0.5, offset=0.5, dtype="float32")(x)
    return layers.ReLU(max_value=1.0, dtype="float32")(x)


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
