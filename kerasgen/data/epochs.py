"""The number of the epoch, where a data set can read it."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from kerasgen.utils import random


class EpochCounter:
    """Tells a shuffled data set which epoch it is in.

    A data set that counted its own iterations would give a resumed run the
    order of the first epoch again. `fit` of a kerasgen model sets the counter
    at the start of each epoch; elsewhere each pass over the data advances it.

    Args:
        seed: int. Of the order.
    """

    def __init__(self, seed):
        self.seed = seed
        self._epoch = 0
        self._passes = 0

    def start(self, epoch):
        """Makes the next pass the first one of `epoch`."""
        self._epoch = epoch
        self._passes = 0

    @contextlib.contextmanager
    def looked_at(self):
        """A scope whose first pass is that of epoch 0, and does not count."""
        before = self._epoch, self._passes
        self.start(0)
        try:
            yield
        finally:
            self._epoch, self._passes = before

    def _next_seed(self):
        # Later passes of an epoch are those of `dataset.repeat()`.
        index = self._epoch * 2**20 + self._passes
        # Counted before it is used: a reader may stop in the middle of a pass.
        self._passes += 1
        family = random.Family.ORDER
        return np.asarray(random.family_seed(self.seed, family, index))

    def shuffled(self, order):
        """A data set whose order is a function of (seed, epoch).

        Args:
            order: function of an int64 seed tensor of shape `(2,)`; returns
                the `tf.data.Dataset` of one epoch.

        Returns:
            `tf.data.Dataset`. It, and every data set made from it, is found
            by `counters_of`.
        """

        def one_epoch(_):
            # Not `Dataset.from_generator`: it has the whole process give back
            # all memory at once, which costs small networks a third of their
            # speed.
            epoch_seed = tf.numpy_function(self._next_seed, [], tf.int64)
            return order(tf.ensure_shape(epoch_seed, (2,)))

        dataset = tf.data.Dataset.range(1).flat_map(one_epoch)
        dataset.kerasgen_epoch_counter = self
        return dataset


class SetEpoch(keras.callbacks.Callback):
    """Sets the epoch of a data set's counters when an epoch begins.

    Args:
        counters: set of `EpochCounter`; see
            `kerasgen.data.batch_source.counters_of`.
        every_epoch: bool. `False` where one pass goes on over several epochs,
            as with `repeat()` or `steps_per_epoch`: then only the first epoch
            is set, and later passes are counted.
    """

    def __init__(self, counters, every_epoch=True):
        super().__init__()
        self._counters = counters
        self._every_epoch = every_epoch

    def on_epoch_begin(self, epoch, logs=None):
        for counter in self._counters:
            counter.start(epoch)
        if not self._every_epoch:
            self._counters = ()
