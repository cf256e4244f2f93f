"""Three small models that the engine was not written for.

Each is a subclass of the public base, in a few lines: a flow on images, a model
of the next token, and one between two domains. They pass the contract without
a line of the engine that knows them.
"""

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data.kinds import Images
from kerasgen.data.kinds import Tokens
from kerasgen.data.kinds import as_kind
from kerasgen.engine import REQUIRED
from kerasgen.engine import Argument
from kerasgen.engine import below_one
from kerasgen.engine import positive_integer
from kerasgen.models import GenerativeModel
from kerasgen.models.endpoints import Endpoint
from kerasgen.utils import random
from kerasgen.utils.arguments import as_data_shape

register = keras.saving.register_keras_serializable("probes")


@register
class Flow(GenerativeModel):
    """Flow matching: a velocity that carries noise to data.

    `E |v(x_t, t) - (x_1 - x_0)|^2`, `x_t = (1 - t) x_0 + t x_1` (Lipman et al.
    2023, equation 23 with no variance at the end).
    """

    data_shape = Argument(REQUIRED, convert=as_data_shape)
    units = Argument(32, positive_integer)
    num_steps = Argument(8, positive_integer)

    @property
    def kind(self):
        return as_kind(self.data_shape)

    def build_networks(self):
        size = int(np.prod(self.data_shape))
        inputs = keras.Input((size + 1,))
        hidden = keras.layers.Dense(self.units, "relu")(inputs)
        outputs = keras.layers.Dense(size, dtype="float32")(hidden)
        self.network = keras.Model(inputs, outputs)

    def velocity(self, x, t, training):
        rows = tf.concat([tf.reshape(x, (tf.shape(x)[0], -1)), t], axis=1)
        return tf.reshape(self.network(rows, training=training), tf.shape(x))

    def compute_losses(self, batch, training):
        x_1, x_0 = batch.data, batch.normal(self.data_shape)
        t = batch.uniform((1,))
        place = tf.reshape(t, (-1, *self.kind.broadcast_shape))
        x_t = (1.0 - place) * x_0 + place * x_1
        error = self.velocity(x_t, t, training) - (x_1 - x_0)
        axes = list(range(1, len(error.shape)))
        return {"loss": batch.mean(tf.reduce_sum(tf.square(error), axes))}

    def data_from_seeds(self, seeds):
        x = random.normal_from_seed_rows(seeds, self.data_shape)
        with self.averaged_weights():
            for step in range(self.num_steps):
                t = tf.zeros_like(x[:, :1, 0, 0]) + step / self.num_steps
                x += self.velocity(x, t, training=False) / self.num_steps
        return self.kind.clipped(x)


@register
class NextToken(GenerativeModel):
    """Each token from those before it: `-sum_i log p(x_i | x_<i)`."""

    length = Argument(REQUIRED, positive_integer)
    vocabulary_size = Argument(REQUIRED, positive_integer)
    units = Argument(16, positive_integer)

    @property
    def kind(self):
        return Tokens(self.length, self.vocabulary_size)

    def build_networks(self):
        inputs = keras.Input((self.length,), dtype="int32")
        # Token 0 of the network is the one before the first.
        hidden = keras.layers.Embedding(1 + self.vocabulary_size, 8)(inputs)
        for dilation in (1, 2):
            hidden = keras.layers.Conv1D(
                self.units, 2, 1, "causal", dilation_rate=dilation,
                activation="relu",
            )(hidden)  # fmt: skip
        outputs = keras.layers.Dense(self.vocabulary_size, dtype="float32")
        self.network = keras.Model(inputs, outputs(hidden))

    def logits(self, tokens, training=False):
        before = tf.pad(tokens[:, :-1] + 1, [[0, 0], [1, 0]])
        return self.network(before, training=training)

    def compute_losses(self, batch, training):
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=batch.data, logits=self.logits(batch.data, training)
        )
        return {"loss": batch.mean(tf.reduce_sum(loss, axis=1))}

    def data_from_seeds(self, seeds):
        bits = random.bits_from_seed_rows(seeds, (self.length,))
        places = random.uniform_from_bits(bits)
        tokens = tf.zeros_like(bits, tf.int32)
        for i in range(self.length):
            shares = tf.cumsum(tf.nn.softmax(self.logits(tokens)[:, i]), axis=1)
            below = tf.cast(shares < places[:, i : i + 1], tf.int32)
            token = tf.reduce_sum(below, axis=1)
            token = tf.minimum(token, self.vocabulary_size - 1)
            tokens += token[:, None] * tf.one_hot(
                i, self.length, dtype=tf.int32
            )
        return tokens


@register
class Translator(GenerativeModel):
    """Images of one domain to their pairs of another: `E |y - g(x)|^2`."""

    source_shape = Argument(REQUIRED, convert=as_data_shape)
    target_shape = Argument(REQUIRED, convert=as_data_shape)
    dropout = Argument(0.1, below_one)

    @property
    def columns(self):
        return {
            "source": Images(*self.source_shape),
            "target": Images(*self.target_shape),
        }

    def build_networks(self):
        inputs = keras.Input(self.source_shape)
        hidden = keras.layers.Flatten()(inputs)
        hidden = keras.layers.Dropout(self.dropout)(hidden)
        size = int(np.prod(self.target_shape))
        hidden = keras.layers.Dense(size, "sigmoid")(hidden)
        reshape = keras.layers.Reshape(self.target_shape, dtype="float32")
        outputs = reshape(hidden)
        self.network = keras.Model(inputs, outputs)

    def call(self, inputs, training=False):
        return self.network(inputs[0], training=training)

    def compute_losses(self, batch, training):
        found = self.network(batch["source"], training=training)
        error = tf.square(batch["target"] - found)
        return {"loss": batch.mean(tf.reduce_sum(error, axis=(1, 2, 3)))}

    def to_target(self, source):
        with self.averaged_weights():
            return self.network(source, training=False)

    def endpoints(self):
        kinds = self.columns
        return {
            **super().endpoints(),
            "to_target": Endpoint(
                self.to_target,
                {"source": kinds["source"]},
                {"target": kinds["target"]},
            ),
        }
