"""The number of the epoch, where a data set can read it."""

import collections
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


def counters_of(dataset):
    """The counters of a data set and of those it is made from."""
    found = (
        getattr(source, "kerasgen_epoch_counter", None)
        for source in sources_of(dataset)
    )
    return {counter for counter in found if counter is not None}


@contextlib.contextmanager
def looking_at(dataset):
    """A scope in which looking at the first batches changes no later order."""
    with contextlib.ExitStack() as scopes:
        for counter in counters_of(dataset):
            scopes.enter_context(counter.looked_at())
        yield


def sources_of(dataset):
    """Yields a data set and those it is made from, the nearest first."""
    waiting = collections.deque([dataset])
    while waiting:
        source = waiting.popleft()
        yield source
        waiting.extend(getattr(source, "_inputs", list)())


class SetEpoch(keras.callbacks.Callback):
    """Sets the epoch of a data set's counters when an epoch begins.

    Args:
        dataset: `tf.data.Dataset`.
        every_epoch: bool. `False` where one pass goes on over several epochs,
            as with `repeat()` or `steps_per_epoch`: then only the first epoch
            is set, and later passes are counted.
    """

    def __init__(self, dataset, every_epoch=True):
        super().__init__()
        self._counters = counters_of(dataset)
        self._every_epoch = every_epoch

    def on_epoch_begin(self, epoch, logs=None):
        for counter in self._counters:
            counter.start(epoch)
        if not self._every_epoch:
            self._counters = ()
