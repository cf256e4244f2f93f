"""PatchGAN: judges each patch of an image by itself (Isola et al. 2017).

Isola et al., https://arxiv.org/abs/1611.07004, appendix 6.1.2, with instance
normalization as in Zhu et al. (2017), https://arxiv.org/abs/1703.10593.
"""

import functools
from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.layers import normalize
from kerasgen.networks import image_pairs
from kerasgen.utils.arguments import check_positive_integer

# Side of the patch that a logit is of, by how often images are halved.
_PATCHES = {1: 16, 2: 34, 3: 70}
_WIDEST = 8


def patch_discriminator(
    target_shape: Sequence[int],
    source_shape: Sequence[int] | None = None,
    filters: int = 64,
    discriminator_halvings: int | None = None,
    spectral_normalization: bool = False,
) -> keras.Model:
    """Images, or images and what they were made from -> logits of patches.

    Args:
        target_shape: `(height, width, channels)` of the images that are judged;
            height and width from 16 to 256.
        source_shape: the same of what they were made from, or `None` where they
            are judged by themselves.
        filters: int. Filters next to the images; doubled each time they are
            halved, up to eight times as many.
        discriminator_halvings: int. How often images are halved, which decides
            the side of a patch: 16, 34, 70 and 142 pixels for 1 to 4. Defaults
            to the largest patch up to 70 that the image holds.
        spectral_normalization: bool. Whether kernels are kept at spectral norm
            1 (Miyato et al. 2018) in place of instance normalization, which
            hides how bright and of what colour an even image is.

    Returns:
        `keras.Model` from `(batch, *target_shape)`, or from a list
        `[source, target]`, to logits of shape `(batch, rows, columns, 1)`, one
        a patch.
    """
    image_pairs.check_shapes(
        source_shape or target_shape, target_shape, "patch discriminator"
    )
    if discriminator_halvings is None:
        side = min(target_shape[:2])
        discriminator_halvings = max(
            halvings for halvings, patch in _PATCHES.items() if patch <= side
        )
    check_positive_integer("filters", filters)
    check_positive_integer("discriminator_halvings", discriminator_halvings)
    image_pairs.check_halvings(
        "discriminator_halvings", discriminator_halvings, target_shape
    )
    target = keras.Input(target_shape, name="target")
    inputs, x = target, image_pairs.to_network(target, target_shape)
    if source_shape is not None:
        source = keras.Input(source_shape, name="source")
        inputs = [source, target]
        x = layers.Concatenate()(
            [image_pairs.to_network(source, target_shape), x]
        )
    convolution = functools.partial(
        image_pairs.convolution,
        side=4,
        spectral_normalization=spectral_normalization,
    )
    for level in range(discriminator_halvings + 1):
        width = filters * min(2**level, _WIDEST)
        strides = 2 if level < discriminator_halvings else 1
        # The paper leaves it out next to the image.
        is_normalized = level > 0 and not spectral_normalization
        x = convolution(x, width, strides=strides, use_bias=not is_normalized)
        x = normalize(x, "instance" if is_normalized else None)
        x = layers.LeakyReLU(0.2)(x)
    logits = convolution(x, 1, use_bias=True, dtype="float32")
    return keras.Model(inputs, logits, name="patch_discriminator")
