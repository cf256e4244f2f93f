"""Group normalization that a condition scales and shifts."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable("kerasgen")
class AdaptiveGroupNormalization(layers.Layer):
    """Group normalization whose scale and shift a condition may change.

    `((1 + scale) * n(x) + shift)`, where n is group normalization (Wu and He
    2018, https://arxiv.org/abs/1803.08494) with the layer's own scale and
    shift, and those of the condition are section 3 of Dhariwal and Nichol
    (2021), https://arxiv.org/abs/2105.05233 ("AdaGN"). All of it is one
    multiplication and one addition a number, by moments that are summed for
    each channel.

    Args:
        groups: int. Groups of channels; the channels must be a multiple.
        epsilon: float. What is added to variances.
        **kwargs: Keyword arguments of `keras.layers.Layer`.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(5.0, 2.0, (1, 7, 7, 4))
    >>> y = AdaptiveGroupNormalization(groups=2)(x)
    >>> bool(abs(np.mean(y)) < 1e-5), bool(abs(np.std(y) - 1) < 1e-3)
    (True, True)
    """

    def __init__(self, groups=8, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.groups, self.epsilon = groups, epsilon

    def get_config(self):
        own = {"groups": self.groups, "epsilon": self.epsilon}
        return {**super().get_config(), **own}

    def build(self, x_shape, scale_and_shift_shape=None):
        channels = x_shape[-1]
        if channels % self.groups:
            raise ValueError(
                "Argument `groups` must divide the channels. Received: "
                f"groups={self.groups}, for {channels} channels."
            )
        self.gamma = self.add_weight(
            shape=(channels,), initializer="ones", name="gamma"
        )
        self.beta = self.add_weight(
            shape=(channels,), initializer="zeros", name="beta"
        )

    def call(self, x, scale_and_shift=None):
        """Images of shape `(batch, height, width, channels)`, normalized.

        Args:
            x: float tensor of that shape.
            scale_and_shift: float tensor of shape `(batch, 2 * channels)`, or
                `None`.
        """
        channels = x.shape[-1]
        mean, variance = self._moments(tf.cast(x, tf.float32))
        factor = tf.math.rsqrt(variance + self.epsilon)
        factor *= self._in_groups(self.gamma)
        term = self._in_groups(self.beta) - mean * factor
        factor, term = (
            tf.reshape(part, (-1, channels)) for part in (factor, term)
        )
        if scale_and_shift is not None:
            scale, shift = tf.split(
                tf.cast(scale_and_shift, tf.float32), 2, axis=-1
            )
            factor = factor * (1.0 + scale)
            term = term * (1.0 + scale) + shift
        factor, term = (
            tf.cast(tf.reshape(part, (-1, 1, 1, channels)), x.dtype)
            for part in (factor, term)
        )
        return x * factor + term

    def _moments(self, x):
        """Means and variances of groups, of shape `(batch, groups, 1)`."""
        # Over channels first, which is a sum of rows.
        mean, square = (
            tf.reduce_mean(
                self._in_groups(tf.reduce_mean(value, [1, 2])), -1, True
            )
            for value in (x, tf.square(x))
        )
        return mean, tf.maximum(square - tf.square(mean), 0.0)

    def _in_groups(self, of_channels):
        """Numbers of channels, float32, of shape `(-1, groups, size)`."""
        size = of_channels.shape[-1] // self.groups
        return tf.reshape(
            tf.cast(of_channels, tf.float32), (-1, self.groups, size)
        )

    def compute_output_shape(self, x_shape, scale_and_shift_shape=None):
        return x_shape
