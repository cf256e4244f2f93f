"""What `fit` accepts: arrays, data sets and generators, checked before use."""

import dataclasses

import numpy as np
import tensorflow as tf

from kerasgen.data import arrays
from kerasgen.data.batch_source import BatchSource
from kerasgen.data.batch_source import is_endless
from kerasgen.distribution import check_seeds_agree
from kerasgen.engine import columns as checked_columns


@dataclasses.dataclass
class TrainingData:
    """What `keras.Model.fit` gets, and what is known of it.

    Args:
        source: `BatchSource` to train on.
        validation_data: arrays, data set or generator, or `None`.
    """

    source: BatchSource
    validation_data: object


def is_array(x):
    """Whether `x` holds all its rows, as arrays and data frames do."""
    return isinstance(x, (np.ndarray, tf.Tensor, list)) or hasattr(
        x, "__array__"
    )


def data_in_batches(x, model):
    """The data of an array or a data set, without labels and weights.

    Args:
        x: array, or `tf.data.Dataset` of batches.
        model: model that declares its columns, of which data are the first.

    Returns:
        Iterator of arrays.
    """
    batches = [tf.convert_to_tensor(x)] if is_array(x) else x
    for batch in batches:
        # As floats: the darkest batch of bytes would be refused.
        named, _ = checked_columns.split(batch, model.columns)
        yield named[model.kind.noun].numpy()


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
    **look,
):
    """Data for `keras.Model.fit`, checked once.

    Args:
        model: `BaseModel`.
        options: dict. Those of `keras.Model.fit` about numbers of batches,
            which are set where they are known.
        **look: how many batches are looked at, see `BatchSource`.
        the others: see `BaseModel.fit`.

    Returns:
        `TrainingData`.

    Raises:
        ValueError: for data that the model is not made for.
    """
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
        source = BatchSource(x, "x", **look)
    else:
        steps = options.get("steps_per_epoch")
        source = checked_source(x, model, "x", steps, "steps_per_epoch", **look)
    model.take_class_names(source.class_names, "x")
    if validation_data is not None:
        validation_data = _checked_validation_data(
            validation_data, model, options.get("validation_steps")
        )
    # Without the number of steps, Keras (3.15) makes an iterator as an epoch
    # ends and another for the next, of 50 ms each under a strategy.
    if options.get("steps_per_epoch") is None:
        options["steps_per_epoch"] = source.num_batches or None
    seeds = sorted(counter.seed for counter in source.epoch_counters)
    check_seeds_agree(model.distribute_strategy, [model.seed, *seeds])
    return TrainingData(source, validation_data)


def _checked_validation_data(data, model, steps):
    name, steps_name = "validation_data", "validation_steps"
    if is_array(data) or isinstance(data, tuple):
        return checked_data(data, model, name)
    source = checked_source(data, model, name, steps, steps_name)
    model.take_class_names(source.class_names, name)
    return source.data


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
    """Raises unless data are what a model expects; of batches, the first.

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
        `data`, or what stands for it: numpy arrays for arrays, and else
        `BatchSource.data`.
    """
    if is_array(data) or isinstance(data, tuple):
        return checked_columns.in_keras_order(
            *checked_arrays(data, model, name)
        )
    return checked_source(data, model, name, steps, steps_name).data


def checked_source(data, model, name, steps, steps_name, **look):
    """A `BatchSource` whose first batch is what a model expects."""
    if data is None:
        raise ValueError(
            f"Argument `{name}` must be {' and '.join(model.columns)} or a "
            f"data set of them. Received: {name}=None."
        )
    has_end = not is_endless(data)
    source = BatchSource(data, name, **look)
    if not source.first:
        raise ValueError(
            f"Argument `{name}` must hold at least one batch. "
            f"Received: {name} that is empty."
        )
    checked_columns.check(source.first[0], model, name)
    if steps is None and not has_end:
        _refuse_endless(data, name, steps_name)
    source.ensure_shapes(list(model.columns.values()))
    return source


def _refuse_endless(data, name, steps_name):
    kind = "data that go on for ever"
    fix = ", or leave `.repeat()` out"
    if hasattr(data, "__next__"):
        kind, fix = "a generator, which may go on for ever", ""
    raise ValueError(
        f"Argument `{steps_name}` must be given for `{name}` without an end "
        f"that is known. Received: {steps_name}=None, and {name} that is "
        f"{kind}. Pass how many batches to take{fix}."
    )
