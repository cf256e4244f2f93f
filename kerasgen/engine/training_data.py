"""What `fit` accepts: arrays, data sets and generators, checked before use."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data import arrays
from kerasgen.data.epochs import counters_of
from kerasgen.data.epochs import looking_at
from kerasgen.distribution import check_seeds_agree
from kerasgen.engine import columns as checked_columns
from kerasgen.utils.tuning import untuned


def is_array(x):
    """Whether `x` holds all its rows, as arrays and data frames do."""
    return isinstance(x, (np.ndarray, tf.Tensor, list)) or hasattr(
        x, "__array__"
    )


def prepare(
    model,
    x,
    y,
    sample_weight,
    batch_size,
    shuffle,
    validation_split,
    validation_data,
    options,
):
    """Data for `keras.Model.fit`, checked once.

    Args:
        model: `BaseModel`.
        options: dict. Those of `keras.Model.fit` about numbers of batches,
            which are set where they are known.
        the others: see `BaseModel.fit`.

    Returns:
        (x, validation_data): data sets, generators or, of the latter, arrays.

    Raises:
        ValueError: for data that the model is not made for.
    """
    steps = options.get("steps_per_epoch")
    if is_array(x):
        columns, weights = checked_arrays((x, y, sample_weight), model, "x")
        if validation_split and validation_data is None:
            # As Keras does: the last rows, before shuffling.
            first = num_kept(len(columns[0]), validation_split)
            validation_data = checked_columns.in_keras_order(
                *_rows(slice(first, None), columns, weights)
            )
            columns, weights = _rows(slice(first), columns, weights)
        if batch_size is not None:
            options.setdefault("validation_batch_size", batch_size)
        x = _batches(columns, weights, batch_size or 32, shuffle, model.seed)
    else:
        x = checked_data(x, model, "x", steps, "steps_per_epoch")
    model.take_class_names(x, "x")
    if validation_data is not None:
        validation_data = checked_data(
            validation_data,
            model,
            "validation_data",
            options.get("validation_steps"),
            "validation_steps",
        )
        model.take_class_names(validation_data, "validation_data")
    check_seeds(x, model)
    return x, validation_data


def _batches(columns, weights, batch_size, shuffle, seed):
    data = checked_columns.in_keras_order(columns, weights)
    data = data if isinstance(data, tuple) else (data,)
    return arrays.batches(data, batch_size, shuffle, seed, drop_remainder=False)


def _rows(rows, columns, weights):
    kept = tuple(column[rows] for column in columns)
    return kept, None if weights is None else weights[rows]


def num_kept(num_rows, validation_split):
    """How many rows are left to train on."""
    return int(num_rows * (1 - validation_split))


def checked_arrays(columns, model, name):
    """`columns.check` of whole arrays, with weights as float32."""
    columns, weights = checked_columns.check(columns, model, name)
    if weights is not None:
        weights = weights.astype(np.float32).reshape(len(columns[0]))
    return columns, weights


def checked_data(data, model, name, steps=None, steps_name=None):
    """Raises unless the first batch is what a model expects.

    Args:
        data: array, tuple of arrays (columns, labels, weights) in Keras's
            order, `tf.data.Dataset`, `keras.utils.PyDataset` or iterator of
            batches.
        model: `BaseModel`.
        name: str. What the caller calls the argument.
        steps: int or `None`. How many batches will be taken.
        steps_name: str. What the caller calls that. Data without an end are
            refused without it.

    Returns:
        `data`, or what stands for it: numpy arrays for arrays; the same batches
        where looking at one used it up; and of a `tf.data.Dataset`, the same
        with known shapes and without tf.data's tuner.
    """
    if data is None:
        raise ValueError(
            f"Argument `{name}` must be {' and '.join(model.columns)} or a "
            f"data set of them. Received: {name}=None."
        )
    if is_array(data) or isinstance(data, tuple):
        return checked_columns.in_keras_order(
            *checked_arrays(data, model, name)
        )
    data, batch = _with_first_batch(data, name)
    if batch is None:
        raise ValueError(
            f"Argument `{name}` must hold at least one batch. "
            f"Received: {name} that is empty."
        )
    checked_columns.check(batch, model, name)
    if steps is None:
        _check_end(data, name, steps_name)
    return _with_known_shapes(data, model)


def _with_first_batch(data, name):
    """`data`, and its first batch or `None`."""
    if isinstance(data, tf.data.Dataset):
        with looking_at(data):
            return untuned(data), next(iter(data.take(1)), None)
    if isinstance(data, keras.utils.PyDataset):
        return data, None if data.num_batches == 0 else data[0]
    if hasattr(data, "__next__"):
        batch = copied(next(data, None))
        data = itertools.chain([] if batch is None else [batch], data)
        # Keras knows generators of tuples, not chains.
        tuples = (r if isinstance(r, tuple) else (r,) for r in data)
        return tuples, batch
    raise ValueError(
        f"Argument `{name}` must be an array, a tf.data.Dataset, a "
        f"keras.utils.PyDataset or a generator. "
        f"Received: {name} of type {type(data).__name__}."
    )


def copied(batch):
    """A batch in memory of its own: a generator may fill its own anew."""
    return keras.tree.map_structure(np.array, batch)


def _with_known_shapes(data, model):
    """Data with the shapes of columns, where a data set does not tell them."""
    if not isinstance(data, tf.data.Dataset):
        return data
    spec = data.element_spec
    specs = spec if isinstance(spec, tuple) else (spec,)
    kinds = list(model.columns.values())
    if all(
        _is_known(spec) or not isinstance(spec, tf.TensorSpec)
        for spec, _ in zip(specs, kinds)
    ):
        return data

    def known(*columns):
        columns = list(columns)
        for place, kind in enumerate(kinds):
            # Labels may be of shape `(batch, 1)` too.
            if kind.shape:
                shape = (None, *kind.shape)
                columns[place] = tf.ensure_shape(columns[place], shape)
        return tuple(columns) if isinstance(spec, tuple) else columns[0]

    return data.map(known)


def _is_known(spec):
    return spec.shape.rank is not None and None not in spec.shape[1:]


def _check_end(data, name, steps_name):
    if not is_endless(data):
        return
    kind = "data that go on for ever"
    fix = ", or leave `.repeat()` out"
    if hasattr(data, "__next__"):
        kind, fix = "a generator, which may go on for ever", ""
    raise ValueError(
        f"Argument `{steps_name}` must be given for `{name}` without an end "
        f"that is known. Received: {steps_name}=None, and {name} that is "
        f"{kind}. Pass how many batches to take{fix}."
    )


def check_seeds(x, model):
    """Raises unless model and data set have the same seeds on all workers."""
    seeds = sorted(counter.seed for counter in counters_of(x))
    check_seeds_agree(model.distribute_strategy, [model.seed, *seeds])


def is_endless(x):
    """Whether data have no end, or none that anyone can know."""
    if isinstance(x, keras.utils.PyDataset):
        return x.num_batches is None
    if not isinstance(x, tf.data.Dataset):
        return hasattr(x, "__next__")
    number = int(x.cardinality())
    if number != tf.data.UNKNOWN_CARDINALITY:
        return number == tf.data.INFINITE_CARDINALITY
    # What filters data without an end, say, has a number that is not known.
    kind = type(x).__name__.lstrip("_")
    if kind.startswith(("Take", "AssertCardinality")):
        return False
    sources = map(is_endless, x._inputs())
    return all(sources) if kind.startswith("Zip") else any(sources)


def num_batches(x):
    """Batches of a finite data set; none where their number is not known."""
    if not isinstance(x, tf.data.Dataset):
        return 0
    return max(0, int(x.cardinality()))


def set_steps_per_epoch(x, options):
    """Tells Keras's `fit` the number of steps, if it is known.

    Not told it, Keras (3.15) makes an iterator as an epoch ends and another
    for the next, of which each takes 50 ms under a strategy.
    """
    if options.get("steps_per_epoch") is None:
        options["steps_per_epoch"] = num_batches(x) or None
