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
        mean, variance = self._moments(tf.cast(x, tf.float32))
        factor = tf.math.rsqrt(variance + self.epsilon)
        factor *= tf.cast(self.gamma, tf.float32)
        term = tf.cast(self.beta, tf.float32) - mean * factor
        if scale_and_shift is not None:
            scale, shift = tf.split(
                tf.cast(scale_and_shift, tf.float32), 2, axis=-1
            )
            factor = factor * (1.0 + scale)
            term = term * (1.0 + scale) + shift
        factor, term = (
            tf.cast(part[:, None, None], x.dtype) for part in (factor, term)
        )
        return x * factor + term

    def _moments(self, x):
        """Mean and variance of the group of each channel."""
        # Over channels first, which is a sum of rows.
        mean = self._over_groups(tf.reduce_mean(x, [1, 2]))
        square = self._over_groups(tf.reduce_mean(tf.square(x), [1, 2]))
        return mean, tf.maximum(square - tf.square(mean), 0.0)

    def _over_groups(self, of_channels):
        channels = of_channels.shape[-1]
        size = channels // self.groups
        parts = tf.reshape(of_channels, (-1, self.groups, size))
        return tf.repeat(tf.reduce_mean(parts, -1), size, axis=1)

    def compute_output_shape(self, x_shape, scale_and_shift_shape=None):
        return x_shape
