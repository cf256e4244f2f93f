"""The batch of one step as all replicas together see it."""

import tensorflow as tf

from kerasgen.utils import random

# Draws of one step; the seed of draw d of step s is s * _DRAWS_A_STEP + d.
_DRAWS_A_STEP = 1024


class GlobalBatch:
    """One replica's view of the batch that all replicas share in a step.

    Two things must not depend on how many replicas share a batch: the noise
    that a row gets, and the weight of a row in the loss. `normal()` and
    `uniform()` therefore draw for the whole batch, from (seed, step), and keep
    the rows of this replica; `mean()` divides by the size of the whole batch.

    The last batch of an epoch may leave a replica without a row, on which
    convolutions fail. Such a replica gets one row of zeros, which counts for
    nothing: columns hold it, `mean()` leaves it out.

    Args:
        columns: dict from name to tensor of shape `(batch, ...)`, this
            replica's part. `batch["labels"]` is one of them, `batch.data` the
            first.
        seed: int. Seed of the run.
        family: int. Keeps training and evaluation noise apart, see
            `kerasgen.utils.random.family_seed`.
        step: int64 scalar tensor. Number of the step.
        sample_weight: float tensor of shape `(batch,)` or `(batch, 1)`, what
            each row counts in `mean()`, or `None` for 1.
    """

    def __init__(self, columns, seed, family, step, sample_weight=None):
        self._seed = seed
        self._family = family
        self._step = tf.cast(step, tf.int64)
        self._draws = 0
        self._replicas = tf.distribute.get_strategy().num_replicas_in_sync
        self.replica = tf.distribute.get_replica_context()
        self.sample_weight = sample_weight
        if sample_weight is not None:
            self.sample_weight = tf.reshape(
                tf.cast(sample_weight, tf.float32), [-1]
            )
        first = next(iter(columns.values()))
        self._rows = self._drawn_rows = first.shape[0] or tf.shape(first)[0]
        if self._replicas > 1:
            self._rows = tf.shape(first)[0]
            missing = tf.maximum(1 - self._rows, 0)
            self._drawn_rows = self._rows + missing
            columns = {
                name: tf.concat(
                    [
                        rows,
                        tf.zeros((missing, *rows.shape[1:]), rows.dtype),
                    ],
                    axis=0,
                )
                for name, rows in columns.items()
            }
        self._columns = columns
        self._first_row, self._size = self._place()

    def __getitem__(self, name):
        return self._columns[name]

    @property
    def data(self):
        """The first column, which is what a model is of."""
        return next(iter(self._columns.values()))

    @property
    def labels(self):
        """The column of that name, `None` for a model without classes."""
        return self._columns.get("labels")

    def _place(self):
        """First row of this replica in the global batch, and its size."""
        if self._replicas == 1:
            return 0, self._rows
        replica = self.replica.replica_id_in_sync_group
        sizes = self.replica.all_reduce(
            tf.distribute.ReduceOp.SUM,
            tf.one_hot(replica, self._replicas, dtype=tf.int32) * self._rows,
        )
        before = tf.range(self._replicas) < replica
        first_row = tf.reduce_sum(tf.where(before, sizes, 0))
        return first_row, tf.reduce_sum(sizes)

    @property
    def weight(self):
        """Mean number of rows a replica; weighs this step in a running mean."""
        return tf.cast(self._size, tf.float32) / self._replicas

    @property
    def size(self):
        """Number of rows of all replicas, a float32 scalar tensor."""
        return tf.cast(self._size, tf.float32)

    def without_padding(self, values):
        """`values`, one a row of `data`, without that of the row of zeros."""
        return values[: self._rows]

    @property
    def row_numbers(self):
        """The places of this replica's rows in the global batch, int32."""
        return self._first_row + tf.range(self._rows)

    @property
    def num_rows(self):
        """Number of rows of all replicas, an int or int32 scalar tensor."""
        return self._size

    def of_all_replicas(self, values):
        """The values of the global batch, in its order.

        Args:
            values: tensor of shape `(batch, ...)`, one value a row of `data`.

        Returns:
            A tensor of shape `(num_rows, ...)`, equal on all replicas;
            gradients flow back to the replica that a row is of.
        """
        own = self.without_padding(values)
        if self._replicas == 1:
            return own
        return self.replica.all_gather(own, axis=0)

    def own_rows(self, values):
        """This replica's rows of what `of_all_replicas` returns.

        Args:
            values: tensor of shape `(num_rows, ...)`.

        Returns:
            A tensor of shape `(batch, ...)`, a row for each of `data`.
        """
        if self._replicas == 1:
            return values
        places = self._first_row + tf.range(self._drawn_rows)
        # For the row of zeros, any.
        return tf.gather(values, tf.minimum(places, self._size - 1))

    def sum_over_replicas(self, values):
        """Sum over replicas, for what is no mean of values of single rows.

        Args:
            values: float tensor, a sum over this replica's own rows.

        Returns:
            A tensor of the same shape, equal on all replicas. A loss that is
            made of it on every replica has the value and the gradient that it
            would have on one.
        """
        if self._replicas == 1:
            return values
        return self.replica.all_reduce(tf.distribute.ReduceOp.SUM, values)

    def mean(self, values):
        """Mean over the rows of all replicas.

        Args:
            values: float tensor of shape `(batch,)`, one value a row.

        Returns:
            A float32 scalar whose mean over replicas is the mean over the
            global batch. With weights, it is the sum of values times weights,
            divided by the number of rows, as Keras's losses have it.
        """
        values = tf.cast(values[: self._rows], tf.float32)
        if self.sample_weight is not None:
            values *= self.sample_weight
        return tf.reduce_sum(values) / self.weight

    def sample_values(self, values, number):
        """Draws some of the values of all rows, with replacement.

        Args:
            values: float tensor of shape `(batch, values_a_row, length)`.
            number: int.

        Returns:
            A float32 tensor of shape `(number, length)`, equal on all replicas.
        """
        _, values_a_row, length = values.shape
        drawn = self.shared_uniform((number,))
        total = self._size * values_a_row
        place = tf.cast(drawn * tf.cast(total, tf.float32), tf.int32)
        # The product may be rounded up to what it must stay below.
        place = tf.minimum(place, total - 1) - self._first_row * values_a_row
        last = self._rows * values_a_row - 1
        values = tf.reshape(tf.cast(values, tf.float32), (-1, length))
        own = tf.gather(values, tf.clip_by_value(place, 0, tf.maximum(last, 0)))
        is_own = (place >= 0) & (place <= last)
        return self.sum_over_replicas(tf.where(is_own[:, None], own, 0.0))

    def _next_seed(self):
        index = self._step * _DRAWS_A_STEP + self._draws
        self._draws += 1
        return random.family_seed(self._seed, self._family, index)

    def _bits(self, shape):
        seed = self._next_seed()
        last_row = self._first_row + self._drawn_rows
        drawn = random.bits((tf.maximum(self._size, last_row), *shape), seed)
        return drawn[self._first_row : last_row]

    def normal(self, shape):
        """Standard normal noise of shape `(batch, *shape)`."""
        return random.normal_from_bits(self._bits(shape))

    def uniform(self, shape):
        """Noise of shape `(batch, *shape)`, uniform in (0, 1)."""
        return random.uniform_from_bits(self._bits(shape))

    def shared_uniform(self, shape):
        """Noise of any shape, uniform in (0, 1), equal on all replicas."""
        return random.uniform_from_bits(random.bits(shape, self._next_seed()))
