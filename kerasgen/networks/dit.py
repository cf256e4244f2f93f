"""Diffusion transformer (Peebles and Xie 2023) for small images.

https://arxiv.org/abs/2212.09748, with adaLN-zero (their section 3.2).
"""

from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.networks import patches
from kerasgen.networks import sizes
from kerasgen.networks import time_and_class
from kerasgen.utils.arguments import check_positive_integer

# Patches a side that attention is affordable for.
_PLACES = 8


def backbone(
    data_shape: Sequence[int],
    num_classes: int | None = None,
    num_times: int = 1,
    width: int = 128,
    num_blocks: int = 4,
    attention_heads: int = 4,
    patch_size: int | None = None,
    embedding_units: int = 128,
) -> keras.Model:
    """(Data, times, classes) -> what is predicted of the data.

    Args:
        data_shape: `(height, width, channels)`; sides from 8 to 128.
        num_classes: int or `None`. Label `num_classes` stands for no class.
        num_times: int. Times that the network gets.
        width: int. Length of the vector of a patch, a multiple of
            `attention_heads`.
        num_blocks: int. Blocks of attention and dense layers.
        attention_heads: int.
        patch_size: int. Side of a patch in pixels. Defaults to the smallest
            power of 2 that leaves at most 8 patches a side.
        embedding_units: int. Length of the vector of time and class, a multiple
            of 4.

    Returns:
        `keras.Model` from `[(batch, *data_shape), (batch, num_times)]` and, for
        classes, int32 `(batch,)`, to `(batch, *data_shape)`.
    """
    check_positive_integer("width", width)
    check_positive_integer("num_blocks", num_blocks)
    check_positive_integer("attention_heads", attention_heads)
    check_positive_integer("embedding_units", embedding_units)
    sizes.check_size(data_shape, "dit", 8, 128)
    patch_size = patch_size or patches.default_side(data_shape, _PLACES)
    data = keras.Input(data_shape, name="data")
    conditions = time_and_class.conditions(num_classes, num_times)
    condition = time_and_class.embedding(
        conditions, num_classes, embedding_units
    )
    x = patches.to_patches(data, patch_size)
    rows, columns = x.shape[1:3]
    x = layers.Reshape((rows * columns, x.shape[-1]))(x)
    x = layers.Dense(width)(x)
    x = _Positions()(x)
    for _ in range(num_blocks):
        x = _block(x, condition, attention_heads)
    x = time_and_class.scaled_and_shifted(_normalized(x), condition)
    x = layers.Dense(
        patch_size**2 * data_shape[-1], kernel_initializer="zeros"
    )(x)
    x = layers.Reshape((rows, columns, x.shape[-1]))(x)
    x = patches.from_patches(x, patch_size, data_shape)
    outputs = layers.Activation("linear", dtype="float32")(x)
    return keras.Model([data, *conditions], outputs, name="dit")


def _block(x, condition, heads):
    """Attention and two dense layers, each let in by the time and the class."""
    width = x.shape[-1]
    y = time_and_class.scaled_and_shifted(_normalized(x), condition)
    y = layers.MultiHeadAttention(heads, width // heads)(y, y)
    x = layers.Add()([x, _gated(y, condition)])
    y = time_and_class.scaled_and_shifted(_normalized(x), condition)
    y = layers.Dense(4 * width, activation="gelu")(y)
    y = layers.Dense(width)(y)
    return layers.Add()([x, _gated(y, condition)])


def _gated(y, condition):
    """`y` times a factor a channel, 0 at first."""
    gate = layers.Dense(y.shape[-1], kernel_initializer="zeros")(condition)
    return y * layers.Reshape((1, y.shape[-1]))(gate)


def _normalized(x):
    return layers.LayerNormalization(scale=False, center=False, epsilon=1e-6)(x)


@keras.saving.register_keras_serializable("kerasgen")
class _Positions(layers.Layer):
    """Adds a learned vector to each place."""

    def build(self, input_shape):
        self.vectors = self.add_weight(
            shape=input_shape[1:],
            initializer=keras.initializers.RandomNormal(stddev=0.02),
            name="vectors",
        )

    def call(self, inputs):
        return inputs + self.vectors
