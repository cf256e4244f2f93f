"""Augmentation of what a discriminator sees, as strong as it overfits."""

import math

import keras
import tensorflow as tf

from kerasgen.layers.image_transforms import recolour
from kerasgen.layers.image_transforms import warp
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range

# Batches that the discriminator is judged by, each time.
_BATCHES = 4
_FULL_TURN = 2 * math.pi


@keras.saving.register_keras_serializable("kerasgen")
class AdaptiveAugmentation(keras.layers.Layer):
    """Adaptive discriminator augmentation (ADA) of Karras et al. (2020).

    Each of thirteen transformations is applied with one probability: flips,
    quarter turns, translations, scales, rotations; brightness, contrast,
    flipped luma, hue, saturation (their appendix B, "pixel blitting",
    "geometric" and "color"; here drawn bilinearly, without their filters
    against aliasing). While it stays below 0.8 or so, a generator does not
    learn them.

    After every four batches the probability rises a little if the discriminator
    is more often right on training images than it should be, and falls if less
    (their section 3, with r_t).

    Args:
        target: float. r_t that is aimed at: the mean of the sign of the
            discriminator's output for real images. 0.6 in the paper.
        num_images: int. Real images over which the probability can go from 0
            to 1. 500,000 in the paper.
        **kwargs: Keyword arguments of `keras.layers.Layer`.

    References:
        - Karras et al. (2020), Training Generative Adversarial Networks with
          Limited Data, https://arxiv.org/abs/2006.06676
    """

    # How many numbers decide how an image is transformed.
    num_uniform = 21
    num_normal = 7

    def __init__(self, target=0.6, num_images=500_000, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        check_range("target", target, -1, 1)
        check_positive_integer("num_images", num_images)
        self.target = float(target)
        self.num_images = int(num_images)
        self.probability = self._state("probability")
        # Since the probability was changed last: batches, their rows, and the
        # sum of signs.
        self.batches = self._state("batches")
        self.rows = self._state("rows")
        self.signs = self._state("signs")
        self.built = True

    def _state(self, name):
        return self.add_weight(
            name=name,
            shape=(),
            dtype="float32",
            initializer="zeros",
            trainable=False,
            # All replicas assign the same.
            aggregation="only_first_replica",
        )

    def call(self, images, uniform, normal):
        """Transforms images.

        Args:
            images: float tensor of shape `(batch, height, width, channels)` in
                [0, 1].
            uniform: float tensor of shape `(batch, num_uniform)` in [0, 1).
            normal: float tensor of shape `(batch, num_normal)`, standard
                normal.

        Returns:
            A float32 tensor of the shape of `images`, which may leave [0, 1].
        """
        images = tf.cast(images, tf.float32)
        draws = _Draws(tf.convert_to_tensor(self.probability), uniform, normal)
        _, height, width, channels = images.shape
        images = warp(images, _geometry(draws, height, width))
        return recolour(images, *_colours(draws, channels))

    def update(self, mean_sign, batch):
        """Learns from one batch how often the discriminator is right.

        Unless the layer is frozen.

        Args:
            mean_sign: float32 scalar tensor. Mean over this replica's rows, as
                `batch.mean` takes it, of 1 where the discriminator takes a real
                image for one and -1 where not.
            batch: `kerasgen.engine.GlobalBatch`.
        """
        if not self.trainable:
            return
        signs = batch.sum_over_replicas(mean_sign * batch.weight)
        self.batches.assign_add(1.0)
        self.rows.assign_add(batch.size)
        self.signs.assign_add(signs)
        is_due = tf.cast(self.batches.value >= _BATCHES, tf.float32)
        mean = tf.math.divide_no_nan(self.signs.value, self.rows.value)
        step = tf.sign(mean - self.target) * self.rows / self.num_images
        self.probability.assign(
            tf.clip_by_value(self.probability + is_due * step, 0.0, 1.0)
        )
        for state in (self.batches, self.rows, self.signs):
            state.assign((1.0 - is_due) * state)

    def get_config(self):
        return {
            **super().get_config(),
            "target": self.target,
            "num_images": self.num_images,
        }


class _Draws:
    """The numbers of a batch, handed out one after the other."""

    def __init__(self, probability, uniform, normal):
        self.probability = probability
        self._uniform = iter(tf.unstack(uniform, axis=1))
        self._normal = iter(tf.unstack(normal, axis=1))

    def uniform(self):
        return next(self._uniform)

    def normal(self):
        return next(self._normal)

    def sometimes(self, value, otherwise, probability=None):
        """A value with the probability, or what leaves images as they are."""
        if probability is None:
            probability = self.probability
        return tf.where(self.uniform() < probability, value, otherwise)


# === Geometry: maps from places in the new image to places in the old ===


def _geometry(draws, height, width):
    """All geometric transformations, as a tensor of shape `(batch, 2, 3)`."""
    flip = draws.sometimes(1.0 - 2.0 * tf.round(draws.uniform()), 1.0)
    matrix = _linear(flip, 0.0, 0.0, 1.0)
    quarter = tf.floor(4.0 * draws.uniform())
    matrix @= _rotation(draws.sometimes(_FULL_TURN / 4 * quarter, 0.0))
    shifts = [
        tf.round((draws.uniform() - 0.5) / 4.0 * side)
        for side in (width, height)
    ]
    is_shifted = draws.sometimes(1.0, 0.0)
    matrix @= _translation(*(is_shifted * shift for shift in shifts))
    scale = tf.pow(2.0, draws.sometimes(0.2 * draws.normal(), 0.0))
    matrix @= _linear(scale, 0.0, 0.0, scale)
    # Two rotations, of which one at least comes with the probability.
    once = 1.0 - tf.sqrt(1.0 - draws.probability)
    matrix @= _rotation(_any_angle(draws, once))
    stretch = tf.pow(2.0, draws.sometimes(0.2 * draws.normal(), 0.0))
    matrix @= _linear(stretch, 0.0, 0.0, 1.0 / stretch)
    matrix @= _rotation(_any_angle(draws, once))
    shifts = [0.125 * side * draws.normal() for side in (width, height)]
    is_shifted = draws.sometimes(1.0, 0.0)
    matrix @= _translation(*(is_shifted * shift for shift in shifts))
    return matrix[:, :2]


def _any_angle(draws, probability=None):
    angle = _FULL_TURN * (draws.uniform() - 0.5)
    return draws.sometimes(angle, 0.0, probability)


def _linear(a, b, c, d):
    """Matrices `[[a, b, 0], [c, d, 0], [0, 0, 1]]`, one an image."""
    return _matrices([[a, b, 0.0], [c, d, 0.0], [0.0, 0.0, 1.0]])


def _rotation(angle):
    cos, sin = tf.cos(angle), tf.sin(angle)
    return _linear(cos, -sin, sin, cos)


def _translation(across, down):
    return _matrices([[1.0, 0.0, across], [0.0, 1.0, down], [0.0, 0.0, 1.0]])


def _matrices(entries):
    """Of numbers and tensors of shape `(batch,)`, of shape `(batch, n, n)`."""
    flat = [value for row in entries for value in row]
    some = next(value for value in flat if isinstance(value, tf.Tensor))
    columns = [tf.zeros_like(some) + value for value in flat]
    shape = (-1, len(entries), len(entries[0]))
    return tf.reshape(tf.stack(columns, axis=1), shape)


# === Colours ===


def _colours(draws, channels):
    """All transformations of colour: matrices, and what is added to them."""
    # In the paper images are in [-1, 1], of twice the range.
    brightness = draws.sometimes(0.1 * draws.normal(), 0.0)
    contrast = tf.pow(2.0, draws.sometimes(0.5 * draws.normal(), 0.0))
    flip = draws.sometimes(1.0 - 2.0 * tf.round(draws.uniform()), 1.0)
    hue = _any_angle(draws)
    saturation = tf.pow(2.0, draws.sometimes(draws.normal(), 0.0))
    grey = tf.fill((channels, channels), 1.0 / channels)
    other = tf.eye(channels) - grey
    if channels == 3:
        # Rodrigues's formula about the axis of grey.
        cross = tf.constant(
            [[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]
        ) / math.sqrt(3)
        other = _each(tf.cos(hue)) * other + _each(tf.sin(hue)) * cross
    # Luma is what lies along grey, saturation what lies across.
    matrix = _each(flip) * grey + _each(saturation) * other
    matrix *= _each(contrast)
    # What is bright before it is inverted is dark after.
    shift = brightness * contrast * flip
    return matrix, shift


def _each(values):
    return values[:, None, None]
