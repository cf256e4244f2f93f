"""Images made worse, so that a model can learn to mend them."""

import dataclasses
import math
import numbers
from collections.abc import Callable

import tensorflow as tf

from kerasgen.utils import random
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range

# What missing pixels are.
_MISSING = 0.5


@dataclasses.dataclass(frozen=True)
class Degradation:
    """One way to make images worse.

    Args:
        default: its amount where none is given; `None` where it has none.
        check: function of (shape of an image, amount) that raises `ValueError`.
        apply: function of float32 images, amount, and an int seed tensor of
            shape `(2,)`; returns images.
    """

    default: float | None
    check: Callable
    apply: Callable


def degraded(name, amount, shape):
    """What makes images of one shape worse.

    Args:
        name: str, one of `DEGRADATIONS`.
        amount: float or `None` for the default.
        shape: `(height, width, channels)`.

    Returns:
        function of (float32 images, int seed tensor of shape `(2,)`); returns
        float32 images in [0, 1].

    Raises:
        ValueError: for another name, or an amount that does not go with it.
    """
    check_choice("degrade", name, tuple(DEGRADATIONS))
    degradation = DEGRADATIONS[name]
    if amount is None:
        amount = degradation.default
    if amount is not None:
        _check_number(amount)
    degradation.check(shape, amount)
    return lambda images, seed: degradation.apply(images, amount, seed)


def _noise(images, deviation, seed):
    noise = random.normal_from_bits(random.bits(tf.shape(images), seed))
    return tf.clip_by_value(images + deviation * noise, 0.0, 1.0)


def _grey(images, _, seed):
    return tf.image.rgb_to_grayscale(images)


def _downscale(images, factor, seed):
    height, width = images.shape[1:3]
    small = (height // int(factor), width // int(factor))
    images = tf.image.resize(images, small, "area")
    # As large as before, by the interpolation that results are held against.
    images = tf.image.resize(images, (height, width), "bicubic")
    return tf.clip_by_value(images, 0.0, 1.0)


def _mask(images, share, seed):
    height, width = images.shape[1:3]
    sides = [max(1, round(share * side)) for side in (height, width)]
    number = tf.shape(images)[0]
    drawn = random.uniform_from_bits(random.bits((number, 2, 1), seed))
    is_hole = True
    for axis, (length, side) in enumerate(zip((height, width), sides)):
        first = tf.floor(drawn[:, axis] * float(length - side + 1))
        place = tf.range(length, dtype=tf.float32)
        within = (place >= first) & (place < first + float(side))
        shape = (-1, length, 1, 1) if axis == 0 else (-1, 1, length, 1)
        is_hole = is_hole & tf.reshape(within, shape)
    return tf.where(is_hole, _MISSING, images)


def _check_number(amount):
    is_number = isinstance(amount, numbers.Real) and not isinstance(
        amount, bool
    )
    if not (is_number and math.isfinite(amount)):
        raise ValueError(
            "Argument `degrade_amount` must be a finite number. Received: "
            f"degrade_amount={amount!r}."
        )


def _check_noise(shape, deviation):
    check_range("degrade_amount", deviation, 0)


def _check_grey(shape, amount):
    if amount is not None:
        raise ValueError(
            'Argument `degrade_amount` must be left out for degrade="grey". '
            f"Received: degrade_amount={amount}."
        )
    if shape[-1] != 3:
        raise ValueError(
            'Argument `degrade` must not be "grey" for images that are no '
            f"colour. Received: images of shape {tuple(shape)}."
        )


def _check_downscale(shape, factor):
    # The command line gives whole numbers as floats.
    whole = int(factor) if float(factor).is_integer() else factor
    check_positive_integer("degrade_amount", whole)
    if factor == 1 or any(side % factor for side in shape[:2]):
        raise ValueError(
            "Argument `degrade_amount` must be above 1 and divide the sides of "
            f"images to be downscaled. Received: degrade_amount={factor} for "
            f"images of shape {tuple(shape)}. Choose another, or another "
            "`target_size`."
        )


def _check_mask(shape, share):
    check_range("degrade_amount", share, 0, 1)


DEGRADATIONS = {
    "noise": Degradation(0.3, _check_noise, _noise),
    "grey": Degradation(None, _check_grey, _grey),
    "downscale": Degradation(2, _check_downscale, _downscale),
    "mask": Degradation(0.5, _check_mask, _mask),
}
