"""A buffer of past fakes (Shrivastava et al. 2017)."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("kerasgen")
class PastFakes(keras.layers.Layer):
    """Keeps fakes of earlier steps, for a discriminator to see again.

    Section 2.3 of Shrivastava et al., https://arxiv.org/abs/1612.07828, as Zhu
    et al. (2017) have it: until the buffer is full, every fake goes into it and
    to the discriminator; then each, with probability 1/2, takes the place of
    one of the buffer, which goes to the discriminator instead. Of a step with
    more fakes than places, as many as there are places are drawn for that.

    It is part of the model's weights, so that a resumed run goes on with it,
    and equal on all replicas, whose fakes go through it together.

    Args:
        size: int. Fakes that it holds.
        shape: tuple of int. The shape of one.
    """

    def __init__(self, size, shape, **kwargs):
        super().__init__(**kwargs)
        self.size, self.shape = size, tuple(shape)
        self.images = self._state("images", (size, *shape), "float32")
        self.number = self._state("number", (), "int32")
        self.built = True

    def _state(self, name, shape, dtype):
        return self.add_weight(
            name=name,
            shape=shape,
            dtype=dtype,
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def get_config(self):
        own = {"size": self.size, "shape": list(self.shape)}
        return {**super().get_config(), **own}

    def exchanged(self, fakes, order, chances):
        """What discriminators are shown in the place of a step's fakes.

        Args:
            fakes: float32 tensor of shape `(rows, *shape)`, of all replicas.
            order: float tensor of as many numbers as there are places, or
                rows if they are more, uniform in (0, 1). Decides which place
                each row may take.
            chances: float tensor of shape `(rows,)`, uniform in (0, 1). Rows
                below 1/2 take it.

        Returns:
            A tensor of the shape of `fakes`.
        """
        past = tf.identity(self.images.value)
        number = tf.identity(self.number.value)
        rows = tf.shape(fakes)[0]
        is_filling = number < self.size
        # The row that each place may take: of a full buffer, any one place.
        drawn = tf.argsort(order, stable=True)[: self.size]
        row = tf.where(is_filling, tf.range(self.size) - number, drawn)
        is_row = (row >= 0) & (row < rows)
        row = tf.clip_by_value(row, 0, rows - 1)
        takes = is_row & (is_filling | (tf.gather(chances, row) < 0.5))
        self.images.assign(
            tf.where(_by_image(takes), tf.gather(fakes, row), past)
        )
        self.number.assign(tf.minimum(number + rows, self.size))
        # The other way round: the place that each row gets an image from.
        given = tf.equal(tf.range(rows)[:, None], row) & takes & ~is_filling
        return tf.where(
            _by_image(tf.reduce_any(given, axis=1)),
            tf.gather(past, tf.argmax(tf.cast(given, tf.int32), axis=1)),
            fakes,
        )


def with_past(buffer, fakes, batch):
    """A step's fakes, some of which those of the past take the place of.

    Args:
        buffer: `PastFakes`.
        fakes: float32 tensor of shape `(batch, *shape)`.
        batch: `kerasgen.engine.GlobalBatch` of the step.

    Returns:
        A tensor of the same shape, without gradients.
    """
    shown = buffer.exchanged(
        batch.of_all_replicas(tf.stop_gradient(fakes)),
        batch.shared_uniform((tf.maximum(buffer.size, batch.num_rows),)),
        batch.shared_uniform((batch.num_rows,)),
    )
    return batch.own_rows(shown)


def _by_image(flags):
    return flags[:, None, None, None]
