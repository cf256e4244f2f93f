"""Attention of each place to those before it, with rotary positions."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from kerasgen.utils.arguments import check_fraction
from kerasgen.utils.arguments import check_positive_integer

# The lowest frequency of the angles is 1 in about so many places.
_BASE = 10_000.0


@keras.saving.register_keras_serializable("kerasgen")
class CausalSelfAttention(layers.Layer):
    """Multi-head attention to the places before, with a cache to go on from.

    Equation 1 of Vaswani et al. (2017), https://arxiv.org/abs/1706.03762,
    masked. Queries and keys are turned by angles that grow with their place
    (Su et al. 2021, https://arxiv.org/abs/2104.09864, equation 34), so that
    what they say of each other depends on how far apart they are. Several heads
    of queries may share one of keys and values (Ainslie et al. 2023,
    https://arxiv.org/abs/2305.13245).

    Args:
        num_heads: int. Heads of queries; the width must be a multiple of twice
            as many.
        num_key_value_heads: int, a divisor of `num_heads`, or `None` for as
            many.
        dropout: float. Share of the weights that training leaves out.
        **kwargs: Keyword arguments of `keras.layers.Layer`.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(2, 5, 8)).astype("float32")
    >>> CausalSelfAttention(num_heads=2)(x).shape
    TensorShape([2, 5, 8])
    """

    def __init__(
        self, num_heads, num_key_value_heads=None, dropout=0.0, **kwargs
    ):
        super().__init__(**kwargs)
        if num_key_value_heads is None:
            num_key_value_heads = num_heads
        check_positive_integer("num_heads", num_heads)
        check_positive_integer("num_key_value_heads", num_key_value_heads)
        check_fraction("dropout", dropout)
        self.num_heads = num_heads
        self.num_key_value_heads = num_key_value_heads
        self.dropout = dropout
        if num_heads % self.num_key_value_heads:
            raise ValueError(
                "Argument `num_key_value_heads` must divide `num_heads`, "
                f"{num_heads}. Received: "
                f"num_key_value_heads={num_key_value_heads}."
            )

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "num_key_value_heads": self.num_key_value_heads,
            "dropout": self.dropout,
        }

    def build(self, x_shape):
        width = x_shape[-1]
        if width % (2 * self.num_heads):
            raise ValueError(
                "Argument `num_heads` must divide half of the width, "
                f"{width // 2}. Received: num_heads={self.num_heads}."
            )
        self.head_size = width // self.num_heads
        heads = self.num_heads + 2 * self.num_key_value_heads
        self.projection = layers.Dense(
            heads * self.head_size,
            use_bias=False,
            dtype=self.dtype_policy,
            name="projection",
        )
        self.projection.build(x_shape)
        self.output_layer = layers.Dense(
            width, use_bias=False, dtype=self.dtype_policy, name="output"
        )
        self.output_layer.build(x_shape)
        self.dropout_layer = layers.Dropout(
            self.dropout, dtype=self.dtype_policy
        )

    def call(self, x, training=False):
        """All places at once.

        Args:
            x: float tensor of shape `(batch, length, width)`.
            training: bool.

        Returns:
            A tensor of the same shape.
        """
        outputs, _, _ = self.with_keys_and_values(x, training)
        return outputs

    def with_keys_and_values(self, x, training=False):
        """`call`, and what `next_place` goes on from.

        Returns:
            (outputs; keys, values: tensors of shape `(batch,
            num_key_value_heads, length, head_size)`).
        """
        places = tf.range(tf.shape(x)[1])
        queries, keys, values = self._projected(x, places)
        is_before = places[:, None] >= places
        found = self._attend(queries, keys, values, is_before, training)
        return found, keys, values

    def next_place(self, x, keys, values, place):
        """One place more.

        Args:
            x: float tensor of shape `(batch, 1, width)`.
            keys, values: tensors as `with_keys_and_values` returns them, of
                which those from `place` on are not looked at.
            place: int scalar tensor. Where x is.

        Returns:
            (outputs of shape `(batch, 1, width)`; keys, values with those of x
            at `place`).
        """
        queries, key, value = self._projected(x, place[None])
        places = tf.range(tf.shape(keys)[2])
        keys = _with_row(keys, key, place)
        values = _with_row(values, value, place)
        is_before = (places <= place)[None]
        return self._attend(queries, keys, values, is_before), keys, values

    def _projected(self, x, places):
        """Queries, keys and values, `(batch, heads, length, head_size)`."""
        numbers = self.num_heads, *[self.num_key_value_heads] * 2
        shape = tf.shape(x)[0], tf.shape(x)[1], sum(numbers), self.head_size
        found = tf.reshape(self.projection(x), shape)
        found = tf.transpose(found, (0, 2, 1, 3))
        queries, keys, values = tf.split(found, numbers, axis=1)
        angles = _angles(places, self.head_size)
        # What equation 1 divides by, here where there are fewest numbers.
        scale = 1.0 / np.sqrt(self.head_size)
        return (
            _rotated(queries, angles, scale),
            _rotated(keys, angles),
            values,
        )

    def weights_of(self, x):
        """How much each place looks at each, equation 1's softmax.

        Args:
            x: float tensor of shape `(batch, length, width)`.

        Returns:
            float32 tensor of shape `(batch, num_heads, length, length)`, whose
            last axis adds up to 1: 0 for places that come later.
        """
        places = tf.range(tf.shape(x)[1])
        queries, keys, _ = self._projected(x, places)
        weights = self._shares(queries, keys, places[:, None] >= places)
        length = tf.size(places)
        return tf.reshape(weights, (-1, self.num_heads, length, length))

    def _attend(self, queries, keys, values, is_seen, training=False):
        """Equation 1, where a place sees others; `(batch, length, width)`."""
        shape = tf.shape(queries)
        weights = tf.cast(self._shares(queries, keys, is_seen), values.dtype)
        weights = self.dropout_layer(weights, training=training)
        found = tf.matmul(weights, values)
        found = tf.reshape(found, shape)
        found = tf.transpose(found, (0, 2, 1, 3))
        width = self.num_heads * self.head_size
        return self.output_layer(tf.reshape(found, (shape[0], shape[2], width)))

    def _shares(self, queries, keys, is_seen):
        """What each place takes of others, float32.

        Of shape `(batch, num_key_value_heads, heads that share one * places,
        places)`.
        """
        shape = tf.shape(queries)
        # Heads that share their keys and values, as rows of one matrix.
        shared = self.num_heads // self.num_key_value_heads
        rows = shape[0], self.num_key_value_heads, shared * shape[2]
        queries = tf.reshape(queries, (*rows, self.head_size))
        scores = tf.matmul(queries, keys, transpose_b=True)
        scores = tf.cast(scores, tf.float32)
        unseen = tf.where(is_seen, 0.0, -np.inf)
        return tf.nn.softmax(scores + tf.tile(unseen, (shared, 1)))


def _with_row(kept, row, place):
    """What is kept of all places, with a new row at one of them.

    Rows are scattered, which a loop does in place: to look through all that is
    kept took as long as all the rest of a step.

    Args:
        kept: tensor of shape `(batch, heads, length, size)`.
        row: tensor of shape `(batch, heads, 1, size)`.
        place: int scalar tensor.
    """
    shape = tf.shape(kept)
    number, length, size = shape[0] * shape[1], shape[2], shape[3]
    rows = tf.range(number) * length + place
    found = tf.tensor_scatter_nd_update(
        tf.reshape(kept, (number * length, size)),
        rows[:, None],
        tf.reshape(row, (number, size)),
    )
    # Loops want shapes that stay as they are.
    return tf.ensure_shape(tf.reshape(found, shape), kept.shape)


def _angles(places, size):
    """The angles of places, `(length, size / 2)`."""
    frequencies = _BASE ** -(np.arange(0, size, 2, np.float32) / size)
    return tf.cast(places, tf.float32)[:, None] * frequencies


def _rotated(x, angles, scale=1.0):
    """Pairs of numbers, of the first and the last half, turned by angles."""
    cosines = tf.cast(scale * tf.cos(angles), x.dtype)
    sines = tf.cast(scale * tf.sin(angles), x.dtype)
    first, last = tf.split(x, 2, axis=-1)
    return tf.concat(
        [first * cosines - last * sines, last * cosines + first * sines],
        axis=-1,
    )
