"""Batches that a model is given: data sets, `PyDataset`s and generators."""

import collections
import contextlib
import itertools
import math

import keras
import numpy as np
import tensorflow as tf

from kerasgen.utils.autotune import WITHOUT_AUTOTUNE


class BatchSource:
    """What `fit` goes through, of whose first batches some are looked at.

    Args:
        data: `tf.data.Dataset`, `keras.utils.PyDataset` or iterator.
        name: str. What the caller calls the argument.
        num_first: int. How many batches are looked at, if there are as many.
        max_share: float. Share of an epoch after which no more are looked at.
        max_rows: int or `None`. Rows after which no more are.
        max_bytes: int or `None`. The same of bytes of their first column.

    Attributes:
        data: `data`, or what stands for it: the same batches where looking at
            some used them up; a `tf.data.Dataset` without tf.data's tuner.
        first: list of the batches that were looked at, in numpy. Those of a
            data set of kerasgen are those of epoch 0, whose order stays.
        epoch_counters: set of the `EpochCounter`s of a data set.
        num_batches: int. Those of a `tf.data.Dataset`, 0 where their number is
            not known.
        class_names: list of str, empty where data have none.
    """

    def __init__(
        self,
        data,
        name,
        num_first=1,
        max_share=1.0,
        max_rows=None,
        max_bytes=None,
    ):
        self.epoch_counters = counters_of(data)
        self.num_batches = 0
        self.class_names = _class_names_of(data)
        length = None
        if isinstance(data, tf.data.Dataset):
            length = int(data.cardinality())
            self.num_batches = max(0, length)
            if data.options().autotune.enabled is None:
                data = data.with_options(WITHOUT_AUTOTUNE)
            batches = data.take(num_first).as_numpy_iterator()
        elif isinstance(data, keras.utils.PyDataset):
            length = data.num_batches
            number = num_first if length is None else min(num_first, length)
            batches = (data[index] for index in range(number))
        elif hasattr(data, "__next__"):
            batches = map(_copied, data)
        else:
            raise ValueError(
                f"Argument `{name}` must be an array, a tf.data.Dataset, a "
                f"keras.utils.PyDataset or a generator. "
                f"Received: {name} of type {type(data).__name__}."
            )
        if length is not None and length > 0:
            num_first = min(num_first, math.ceil(max_share * length))
        with looking_at(self.epoch_counters):
            limited = _within_limits(batches, max_rows, max_bytes)
            self.first = list(itertools.islice(limited, num_first))
        if hasattr(data, "__next__"):
            data = itertools.chain(self.first, data)
            # Keras knows generators of tuples, not chains.
            data = (row if isinstance(row, tuple) else (row,) for row in data)
        self.data = data

    def ensure_shapes(self, kinds):
        """Tells the shapes of columns where a data set does not.

        Args:
            kinds: list of `kerasgen.data.kinds.Kind`, of the first columns.
        """
        if not isinstance(self.data, tf.data.Dataset):
            return
        spec = self.data.element_spec
        specs = spec if isinstance(spec, tuple) else (spec,)
        if all(map(_is_known, specs[: len(kinds)])):
            return

        def with_shapes(*columns):
            columns = list(columns)
            for place, kind in enumerate(kinds):
                # Labels may be of shape `(batch, 1)` too.
                if kind.shape:
                    shape = (None, *kind.shape)
                    columns[place] = tf.ensure_shape(columns[place], shape)
            return tuple(columns) if isinstance(spec, tuple) else columns[0]

        self.data = self.data.map(with_shapes)


def _within_limits(batches, max_rows, max_bytes):
    rows = size = 0
    for batch in batches:
        yield batch
        first = np.asarray(keras.tree.flatten(batch)[0])
        rows += math.prod(first.shape[:1])
        size += first.nbytes
        if max_rows and (rows >= max_rows or size >= max_bytes):
            return


def _copied(batch):
    """A batch in memory of its own: a generator may fill its own anew."""
    return keras.tree.map_structure(np.array, batch)


def _is_known(spec):
    if not isinstance(spec, tf.TensorSpec):
        return True
    return spec.shape.rank is not None and None not in spec.shape[1:]


def is_endless(data):
    """Whether data have no end, or none that anyone can know."""
    if isinstance(data, keras.utils.PyDataset):
        return data.num_batches is None
    if not isinstance(data, tf.data.Dataset):
        return hasattr(data, "__next__")
    number = int(data.cardinality())
    if number != tf.data.UNKNOWN_CARDINALITY:
        return number == tf.data.INFINITE_CARDINALITY
    # What filters data without an end, say, has a number that is not known.
    kind = type(data).__name__.lstrip("_")
    if kind.startswith(("Take", "AssertCardinality")):
        return False
    sources = map(is_endless, data._inputs())
    return all(sources) if kind.startswith("Zip") else any(sources)


def counters_of(dataset):
    """The `EpochCounter`s of a data set and of those it is made from."""
    found = (
        getattr(source, "kerasgen_epoch_counter", None)
        for source in _sources_of(dataset)
    )
    return {counter for counter in found if counter is not None}


@contextlib.contextmanager
def looking_at(counters):
    """A scope in which looking at the first batches changes no later order."""
    with contextlib.ExitStack() as scopes:
        for counter in counters:
            scopes.enter_context(counter.looked_at())
        yield


def _class_names_of(data):
    """The class names of a data set, or of one that it is made from."""
    for source in _sources_of(data):
        names = getattr(source, "class_names", None)
        if names:
            return list(names)
    return []


def _sources_of(dataset):
    """Yields a data set and those it is made from, the nearest first."""
    waiting = collections.deque([dataset])
    while waiting:
        source = waiting.popleft()
        yield source
        waiting.extend(getattr(source, "_inputs", list)())
