"""Self-attention of image GANs (Zhang et al. 2019)."""

import keras
from keras import layers

from kerasgen.layers.spectral_normalization import with_unit_norm

# Channels become fewer by these in queries and keys, and in values.
_QUERY_SHARE, _VALUE_SHARE = 8, 2


def self_attention(x, spectral_normalization=False):
    """Lets every place of an image look at every other.

    `y = gamma o + x` (equation 3 of Zhang et al.), in which gamma is learned
    and 0 at first, and o at each place is a mean of values of all places,
    weighed by how well their keys fit its query (equations 1 and 2). As in the
    authors' code, there are keys and values for every other row and column
    alone, the largest of four.

    Args:
        x: `keras.KerasTensor` of shape `(batch, height, width, channels)`.
        spectral_normalization: bool. Whether convolutions keep norm 1.

    Returns:
        `keras.KerasTensor` of the same shape.

    References:
        - Zhang et al. (2019), Self-Attention Generative Adversarial Networks,
          https://arxiv.org/abs/1805.08318
    """
    height, width, channels = x.shape[1:]

    def convolution(x, filters):
        layer = layers.Conv2D(filters, 1, use_bias=False)
        return with_unit_norm(layer, spectral_normalization)(x)

    def rows(x):
        return layers.Reshape((-1, x.shape[-1]))(x)

    few = max(channels // _QUERY_SHARE, 1)
    half = max(channels // _VALUE_SHARE, 1)
    query = rows(convolution(x, few))
    key, value = (
        rows(layers.MaxPooling2D(padding="same")(convolution(x, filters)))
        for filters in (few, half)
    )
    # Without a scale, as in equation 1.
    seen = layers.Attention()([query, value, key])
    seen = layers.Reshape((height, width, half))(seen)
    return layers.Add()([x, ZeroAtFirst()(convolution(seen, channels))])


@keras.saving.register_keras_serializable("kerasgen")
class ZeroAtFirst(keras.layers.Layer):
    """Multiplies by one number, which is learned, from 0 on."""

    def build(self, input_shape):
        self.factor = self.add_weight(
            name="factor", shape=(), initializer="zeros"
        )

    def call(self, inputs):
        return inputs * keras.ops.cast(self.factor, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape
