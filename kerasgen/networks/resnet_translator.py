"""Residual network from images to images (Johnson et al. 2016).

As CycleGAN has it: Zhu et al. (2017), https://arxiv.org/abs/1703.10593,
appendix 7.2, after Johnson et al., https://arxiv.org/abs/1603.08155. Images
are padded with zeros, where the papers reflect them: on CPUs small images take
half of the time.
"""

from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.layers import normalize
from kerasgen.networks import image_pairs
from kerasgen.networks import sizes
from kerasgen.utils.arguments import check_count
from kerasgen.utils.arguments import check_positive_integer

# From this side on, in pixels, the paper has 9 blocks in place of 6.
_LARGE = 256


def translator(
    source_shape: Sequence[int],
    target_shape: Sequence[int],
    filters: int = 64,
    num_blocks: int | None = None,
    num_halvings: int = 2,
) -> keras.Model:
    """Images of one domain -> images of another, in [0, 1].

    Args:
        source_shape, target_shape: `(height, width, channels)`; height and
            width from 16 to 256. Images are resized to the target's size first.
        filters: int. Filters next to the images; doubled each time they are
            halved.
        num_blocks: int. Residual blocks at the smallest size. Defaults to 6,
            and to 9 for targets from 256 pixels a side on.
        num_halvings: int. How often images are halved before the blocks.

    Returns:
        `keras.Model` from `(batch, *source_shape)` to
        `(batch, *target_shape)`. The layers `stage_0`, `stage_1`, ... and
        `block_0`, ... give features of the source, from fine to coarse.
    """
    image_pairs.check_shapes(source_shape, target_shape, "resnet")
    if num_blocks is None:
        num_blocks = 9 if min(target_shape[:2]) >= _LARGE else 6
    check_positive_integer("filters", filters)
    check_count("num_blocks", num_blocks)
    check_count("num_halvings", num_halvings)
    image_pairs.check_halvings("num_halvings", num_halvings, target_shape)
    inputs = keras.Input(source_shape, name="source")
    x = image_pairs.to_network(inputs, target_shape)
    x = image_pairs.convolution(x, filters, 7, name="stage_0")
    x = layers.ReLU()(normalize(x, "instance"))
    shapes = []
    for level in range(1, num_halvings + 1):
        shapes.append(x.shape[1:])
        x = image_pairs.convolution(
            x, filters * 2**level, 3, strides=2, name=f"stage_{level}"
        )
        x = layers.ReLU()(normalize(x, "instance"))
    for number in range(num_blocks):
        x = _residual_block(x, f"block_{number}")
    for shape in reversed(shapes):
        x = layers.Conv2DTranspose(
            shape[-1],
            3,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=image_pairs.initializer(),
        )(x)
        x = sizes.crop(x, shape, dtype=None)
        x = layers.ReLU()(normalize(x, "instance"))
    x = image_pairs.convolution(x, target_shape[-1], 7, use_bias=True)
    return keras.Model(inputs, image_pairs.to_images(x), name="translator")


def _residual_block(x, name):
    shortcut = x
    x = image_pairs.convolution(x, shortcut.shape[-1], 3)
    x = layers.ReLU()(normalize(x, "instance"))
    x = image_pairs.convolution(x, shortcut.shape[-1], 3)
    return layers.Add(name=name)([shortcut, normalize(x, "instance")])
