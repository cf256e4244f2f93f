"""Decoder-only transformer: tokens -> what comes next, at every place."""

import keras
import tensorflow as tf
from keras import layers

from kerasgen.layers.causal_attention import CausalSelfAttention
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_fraction
from kerasgen.utils.arguments import check_positive_integer


@keras.saving.register_keras_serializable("kerasgen")
class Transformer(keras.Model):
    """Tokens -> logits of the next token, at all places or one by one.

    Blocks of attention and of dense layers, each after a normalization and
    beside a shortcut (Radford et al. 2019, section 2.3, "Language Models are
    Unsupervised Multitask Learners"), with rotary positions, normalization by
    the root mean square and gated dense layers as in section 2.2 of Touvron et
    al. (2023), https://arxiv.org/abs/2302.13971. One table turns tokens into
    vectors and vectors into logits (Press and Wolf 2017,
    https://arxiv.org/abs/1608.05859).

    Args:
        num_inputs: int. Tokens that may come in.
        num_outputs: int, at most `num_inputs`. Tokens, the first of these, that
            may come next.
        width: int. Length of the vector of a place, a multiple of twice
            `attention_heads`.
        num_blocks: int.
        attention_heads: int.
        key_value_heads: int, a divisor of `attention_heads`, or `None` for as
            many; fewer make the cache smaller.
        feed_forward: str. `"swiglu"` (equation 6 of Shazeer 2020,
            https://arxiv.org/abs/2002.05202, of 8/3 the width) or `"gelu"` (4
            times the width).
        dropout: float. Share of numbers that training leaves out.
        **kwargs: Keyword arguments of `keras.Model`; layers have its `dtype`.

    Raises:
        ValueError: for numbers that are none, or that do not fit each other.

    Example:

    >>> import numpy as np
    >>> network = Transformer(num_inputs=11, num_outputs=10, width=16)
    >>> network(np.zeros((2, 7), "int32")).shape
    TensorShape([2, 7, 10])
    """

    def __init__(
        self,
        num_inputs,
        num_outputs,
        width=128,
        num_blocks=4,
        attention_heads=4,
        key_value_heads=None,
        feed_forward="swiglu",
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_positive_integer("num_inputs", num_inputs)
        check_positive_integer("num_outputs", num_outputs)
        if num_outputs > num_inputs:
            raise ValueError(
                "Argument `num_outputs` must be at most `num_inputs`, "
                f"{num_inputs}. Received: num_outputs={num_outputs}."
            )
        check_positive_integer("width", width)
        check_positive_integer("num_blocks", num_blocks)
        check_positive_integer("attention_heads", attention_heads)
        if width % (2 * attention_heads):
            raise ValueError(
                "Argument `width` must be a multiple of twice "
                f"`attention_heads`, {2 * attention_heads}. Received: "
                f"width={width}."
            )
        check_choice("feed_forward", feed_forward, ("swiglu", "gelu"))
        check_fraction("dropout", dropout)
        self._config = {
            "num_inputs": num_inputs,
            "num_outputs": num_outputs,
            "width": width,
            "num_blocks": num_blocks,
            "attention_heads": attention_heads,
            "key_value_heads": key_value_heads,
            "feed_forward": feed_forward,
            "dropout": dropout,
        }
        self.num_outputs, self.width = num_outputs, width
        start = keras.initializers.RandomNormal(stddev=0.02)
        of_policy = {"dtype": self.dtype_policy}
        self.embedding = layers.ReversibleEmbedding(
            num_inputs, width, embeddings_initializer=start, **of_policy
        )
        self.dropout = layers.Dropout(dropout, **of_policy)
        self.blocks = [
            TransformerBlock(
                attention_heads,
                key_value_heads,
                feed_forward,
                dropout,
                **of_policy,
            )
            for _ in range(num_blocks)
        ]
        self.normalization = layers.RMSNormalization(**of_policy)
        self(tf.zeros((1, 1), tf.int32))

    def get_config(self):
        return {**super().get_config(), **self._config}

    def call(self, tokens, training=False):
        """Tokens of shape `(batch, length)` -> logits at each place.

        Returns:
            A float32 tensor of shape `(batch, length, num_outputs)`, in which
            a place depends on the tokens there and before it.
        """
        return self.logits(self.states(tokens, training))

    def states(self, tokens, training=False):
        """The vectors of all places, `(batch, length, width)`, float32."""
        x = self.dropout(self.embedding(tokens), training=training)
        for block in self.blocks:
            x = block(x, training=training)
        return tf.cast(self.normalization(x), tf.float32)

    def logits(self, states):
        """Vectors -> logits of what comes next, float32."""
        found = self.embedding(states, reverse=True)
        return tf.cast(found[..., : self.num_outputs], tf.float32)

    def attention_weights(self, tokens):
        """What each place looks at, for pictures.

        Args:
            tokens: int tensor of shape `(batch, length)`.

        Returns:
            float32 tensor of shape `(batch, num_blocks, attention_heads,
            length, length)`, whose last axis adds up to 1.
        """
        x, found = self.embedding(tokens), []
        for block in self.blocks:
            found.append(block.attention.weights_of(block.before_attention(x)))
            x = block(x)
        return tf.stack(found, axis=1)

    # === One place after the other ===

    def cache(self, tokens):
        """What `next_logits` goes on from, after tokens at the first places.

        Args:
            tokens: int tensor of shape `(batch, length)`.

        Returns:
            A tuple of (keys, values) of each block.
        """
        x, kept = self.embedding(tokens), []
        for block in self.blocks:
            x, *keys_and_values = block.with_keys_and_values(x)
            kept.append(tuple(keys_and_values))
        return tuple(kept)

    def next_logits(self, token, cache, place):
        """What comes after one token more.

        Args:
            token: int tensor of shape `(batch,)`.
            cache: what `cache` or this returned; what it holds from `place` on
                is not looked at.
            place: int scalar tensor. Where the token is.

        Returns:
            (float32 logits of shape `(batch, num_outputs)`, cache).
        """
        x, kept = self.embedding(token[:, None]), []
        for block, (keys, values) in zip(self.blocks, cache):
            x, *keys_and_values = block.next_place(x, keys, values, place)
            kept.append(tuple(keys_and_values))
        x = tf.cast(self.normalization(x), tf.float32)
        return self.logits(x)[:, 0], tuple(kept)


class TransformerBlock(layers.Layer):
    """Attention, and dense layers at each place, beside shortcuts."""

    def __init__(self, heads, key_value_heads, feed_forward, dropout, dtype):
        super().__init__(dtype=dtype)
        self.feed_forward = feed_forward
        self.attention = CausalSelfAttention(
            heads, key_value_heads, dropout, dtype=dtype
        )
        self.before_attention = layers.RMSNormalization(dtype=dtype)
        self.before_dense = layers.RMSNormalization(dtype=dtype)
        self.dropout = layers.Dropout(dropout, dtype=dtype)

    def build(self, x_shape):
        width = x_shape[-1]
        gated = self.feed_forward == "swiglu"
        # As many weights in either case; a multiple of 8 is faster.
        self.inner = -(-8 * width // 3 // 8) * 8 if gated else 4 * width
        options = {"use_bias": False, "dtype": self.dtype_policy}
        self.dense_1 = layers.Dense(self.inner, **options)
        if gated:
            # A layer of its own: to split one takes longer than to compute two.
            self.gate = layers.Dense(self.inner, **options)
            self.gate.build(x_shape)
        self.dense_2 = layers.Dense(width, **options)
        self.attention.build(x_shape)
        self.before_attention.build(x_shape)
        self.before_dense.build(x_shape)
        self.dense_1.build(x_shape)
        self.dense_2.build((*x_shape[:-1], self.inner))

    def call(self, x, training=False):
        x, _, _ = self.with_keys_and_values(x, training)
        return x

    def with_keys_and_values(self, x, training=False):
        y, keys, values = self.attention.with_keys_and_values(
            self.before_attention(x), training
        )
        return self._added(x, y, training), keys, values

    def next_place(self, x, keys, values, place):
        y, keys, values = self.attention.next_place(
            self.before_attention(x), keys, values, place
        )
        return self._added(x, y), keys, values

    def _added(self, x, y, training=False):
        """What attention has found, and then dense layers, beside shortcuts."""
        x += self.dropout(y, training=training)
        return x + self.dropout(self._dense(x), training=training)

    def _dense(self, x):
        x = self.before_dense(x)
        y = self.dense_1(x)
        if self.feed_forward == "gelu":
            return self.dense_2(tf.nn.gelu(y, approximate=True))
        return self.dense_2(y * tf.nn.silu(self.gate(x)))
