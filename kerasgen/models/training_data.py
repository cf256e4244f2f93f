"""What `fit` accepts: arrays, data sets and generators, checked before use."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data.arrays import from_arrays
from kerasgen.data.epochs import counters_of
from kerasgen.data.validation import check_images
from kerasgen.distribution import check_seeds_agree
from kerasgen.models.conditioning import check_labels
from kerasgen.utils.tuning import untuned


def is_array(x):
    """Whether `x` holds all its rows, as numpy and TensorFlow arrays do."""
    return isinstance(x, (np.ndarray, tf.Tensor, list))


def from_fit_arguments(
    x, y, batch_size, shuffle, validation_split, validation_data, model
):
    """Data sets from the arrays that were given to `fit`.

    Returns:
        (training data, validation data), where the latter may be `None`.
    """
    x = np.asarray(x)
    y = None if y is None else np.asarray(y)
    check_images(x, model.data_shape, "x")
    if y is not None and model.trains_on_labels:
        _check_labels(y, model, len(x), "y")
    if validation_split and validation_data is None:
        # As Keras does: the last rows, before shuffling.
        first = num_kept(len(x), validation_split)
        validation_data = x[first:] if y is None else (x[first:], y[first:])
        x, y = x[:first], None if y is None else y[:first]
    data = from_arrays(
        x, y, batch_size, shuffle, seed=model.seed, drop_remainder=False
    )
    return data, validation_data


def num_kept(num_rows, validation_split):
    """How many rows are left to train on."""
    return int(num_rows * (1 - validation_split))


def check_first_batch(data, model, name):
    """Raises unless the first batch is what a model expects.

    Args:
        data: array, (images, labels), `tf.data.Dataset`,
            `keras.utils.PyDataset` or iterator of batches.
        model: `GenerativeModel`.
        name: str. What the caller calls the argument.

    Returns:
        `data`, or what stands for it: where looking at it used it up, and of
        a `tf.data.Dataset`, the same without tf.data's tuner.
    """
    if data is None:
        raise ValueError(
            f"Argument `{name}` must be images or a data set of them. "
            f"Received: {name}=None."
        )
    if is_array(data) or isinstance(data, tuple):
        batch = data
    elif isinstance(data, tf.data.Dataset):
        data = untuned(data)
        batch = next(iter(data.take(1)), None)
    elif isinstance(data, keras.utils.PyDataset):
        batch = data[0] if len(data) else None
    elif hasattr(data, "__next__"):
        batch = next(data, None)
        data = itertools.chain([] if batch is None else [batch], data)
        data = (rows for rows in data)  # Keras knows generators, not chains.
    else:
        raise ValueError(
            f"Argument `{name}` must be an array, a tf.data.Dataset, a "
            f"keras.utils.PyDataset or a generator. "
            f"Received: {name} of type {type(data).__name__}."
        )
    if batch is None:
        raise ValueError(
            f"Argument `{name}` must hold at least one batch. "
            f"Received: {name} that is empty."
        )
    images, labels = batch, None
    if isinstance(batch, tuple):
        images, labels = batch[0], batch[1] if len(batch) > 1 else None
    check_images(images, model.data_shape, name)
    if model.trains_on_labels:
        _check_labels(labels, model, len(images), name)
    return data


def _check_labels(labels, model, num_rows, name):
    if labels is None:
        raise ValueError(
            f"Argument `{name}` must hold labels: {type(model).__name__} is "
            f"trained on (images, labels). Received: {name} of images alone. "
            "Pass `y=labels` with arrays, or load data with `labels=True`."
        )
    check_labels(labels, model.num_classes, num_rows)


def with_callback(callbacks, callback):
    """The callbacks of the user's choice, after one of ours."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        # One that `fit` is given again stays as it is.
        return keras.callbacks.CallbackList(
            [callback, *callbacks.callbacks],
            model=callbacks.model,
            **callbacks.params,
        )
    if callbacks is None:
        return [callback]
    if isinstance(callbacks, keras.callbacks.Callback):
        callbacks = [callbacks]
    return [callback, *callbacks]


def check_seeds(x, model):
    """Raises unless model and data set have the same seeds on all workers."""
    seeds = sorted(counter.seed for counter in counters_of(x))
    check_seeds_agree(model.distribute_strategy, [model.seed, *seeds])


def goes_on(x, steps_per_epoch):
    """Whether one pass over the data goes on over several epochs."""
    return steps_per_epoch is not None or is_endless(x)


def is_endless(x):
    """Whether it is a data set without an end."""
    return isinstance(x, tf.data.Dataset) and (
        int(x.cardinality()) == tf.data.INFINITE_CARDINALITY
    )


def num_batches(x):
    """Batches of a finite data set; none where their number is not known."""
    if not isinstance(x, tf.data.Dataset):
        return 0
    return max(0, int(x.cardinality()))


def tell_steps(x, options):
    """Tells Keras's `fit` the number of steps, if it is known.

    Not told it, Keras (3.15) makes an iterator as an epoch ends and another
    for the next, of which each takes 50 ms under a strategy.
    """
    if options.get("steps_per_epoch") is None:
        options["steps_per_epoch"] = num_batches(x) or None
