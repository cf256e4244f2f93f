"""What `fit` accepts: arrays, data sets and generators, checked before use."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data.arrays import from_arrays
from kerasgen.data.epochs import counters_of
from kerasgen.data.epochs import looking_at
from kerasgen.data.validation import check_images
from kerasgen.distribution import check_seeds_agree
from kerasgen.models.conditioning import check_labels
from kerasgen.utils.labels import numbers_of
from kerasgen.utils.tuning import untuned


def is_array(x):
    """Whether `x` holds all its rows, as arrays and data frames do."""
    return isinstance(x, (np.ndarray, tf.Tensor, list)) or hasattr(
        x, "__array__"
    )


def from_fit_arguments(
    x,
    y,
    sample_weight,
    batch_size,
    shuffle,
    validation_split,
    validation_data,
    model,
):
    """Data sets from the arrays that were given to `fit`.

    Returns:
        (training data, validation data), where the latter may be `None`.
    """
    if model.trains_on_labels and y is not None:
        y = numbers_of(y, model.class_names, "y")
    columns = _checked_columns((x, y, sample_weight), model, "x")
    if validation_split and validation_data is None:
        # As Keras does: the last rows, before shuffling.
        first = num_kept(len(columns[0]), validation_split)
        validation_data = _of_each(columns, lambda rows: rows[first:])
        columns = _of_each(columns, lambda rows: rows[:first])
    x, y, sample_weight = columns
    data = from_arrays(
        x,
        y,
        batch_size,
        shuffle,
        seed=model.seed,
        drop_remainder=False,
        sample_weight=sample_weight,
    )
    return data, validation_data


def _of_each(columns, function):
    return tuple(None if c is None else function(c) for c in columns)


def num_kept(num_rows, validation_split):
    """How many rows are left to train on."""
    return int(num_rows * (1 - validation_split))


def checked_data(data, model, name, steps=None, steps_name=None):
    """Raises unless the first batch is what a model expects.

    Args:
        data: array, (images, labels, weights) of which labels and weights may
            be left out, `tf.data.Dataset`, `keras.utils.PyDataset` or iterator
            of such batches.
        model: `GenerativeModel`.
        name: str. What the caller calls the argument.
        steps: int or `None`. How many batches will be taken.
        steps_name: str. What the caller calls that. Data without an end are
            refused without it.

    Returns:
        `data`, or what stands for it: numpy arrays for arrays; the same batches
        where looking at one used it up; and of a `tf.data.Dataset`, the same
        with a known shape and without tf.data's tuner.
    """
    if data is None:
        raise ValueError(
            f"Argument `{name}` must be images or a data set of them. "
            f"Received: {name}=None."
        )
    if is_array(data):
        return _checked_columns((data,), model, name)[0]
    if isinstance(data, tuple):
        return _checked_columns(data, model, name)
    data, batch = _with_first_batch(data, name)
    if batch is None:
        raise ValueError(
            f"Argument `{name}` must hold at least one batch. "
            f"Received: {name} that is empty."
        )
    _checked_columns(batch, model, name)
    if steps is None:
        _check_end(data, name, steps_name)
    return _with_known_shape(data, model)


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


def _with_known_shape(data, model):
    """Data with the shape of an image, where a data set does not tell it."""
    if not isinstance(data, tf.data.Dataset):
        return data
    spec = data.element_spec
    images = spec[0] if isinstance(spec, tuple) else spec
    if not isinstance(images, tf.TensorSpec):
        return data
    shape = images.shape
    if shape.rank is not None and None not in shape[1:]:
        return data
    shape = (None, *model.data_shape)

    def known(images, *others):
        images = tf.ensure_shape(images, shape)
        return (images, *others) if isinstance(spec, tuple) else images

    return data.map(known)


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


def _checked_columns(columns, model, name):
    """Images, labels and weights as numpy arrays, or what a batch has of them.

    Raises:
        ValueError: unless they are what the model expects.
    """
    if not isinstance(columns, tuple):
        columns = (columns,)
    images = check_images(columns[0], model.data_shape, name)
    others = _of_each(columns[1:], np.asarray)
    labels, weights = (*others, None, None)[:2]
    if labels is None and weights is not None:
        # Keras takes weights for none where there are no labels.
        others = np.zeros(len(images), np.int32), weights
    if model.trains_on_labels:
        _check_labels(labels, model, len(images), name)
    if weights is not None:
        check_weighing(model, weights, name=name)
        _check_sample_weight(weights, len(images))
    return images, *others


def check_weighing(model, sample_weight, class_weight=None, name="x"):
    """Raises for weights that a model does not support.

    Args:
        model: `GenerativeModel`.
        sample_weight: weights of rows, or `None`.
        class_weight: weights of classes, or `None`.
        name: str. What the caller calls the data that weights come with.
    """
    if class_weight is not None:
        raise ValueError(
            "Argument `class_weight` must be None. Received: class_weight="
            f"{class_weight!r}. Weigh rows: "
            "`sample_weight=[class_weight[label] for label in labels]`."
        )
    if sample_weight is not None and not model.weighs_rows:
        raise ValueError(
            "Argument `sample_weight` must be None, and a third column of "
            f"`{name}` left out: not all losses of {type(model).__name__} are "
            "means over rows. Received: weights. Repeat rows instead."
        )


def _check_sample_weight(weights, num_rows):
    shapes = (num_rows,), (num_rows, 1)
    if weights.shape not in shapes or weights.dtype.kind not in "biuf":
        raise ValueError(
            "Argument `sample_weight` must be one number a row, of shape "
            f"({num_rows},). Received: sample_weight of shape {weights.shape} "
            f"and dtype {weights.dtype}."
        )
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError(
            "Argument `sample_weight` must be finite and at least 0. Received: "
            f"sample_weight from {weights.min()} to {weights.max()}."
        )


def _check_labels(labels, model, num_rows, name):
    if labels is None:
        raise ValueError(
            f"Argument `{name}` must hold labels: {type(model).__name__} is "
            f"trained on (images, labels). Received: {name} of images alone. "
            "Pass `y=labels` with arrays, or load data with `labels=True`."
        )
    check_labels(labels, model.num_classes, num_rows)


def with_callbacks(callbacks, *own):
    """The callbacks of the user's choice, after some of ours."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        # One that `fit` is given again stays as it is.
        return keras.callbacks.CallbackList(
            [*own, *callbacks.callbacks],
            model=callbacks.model,
            **callbacks.params,
        )
    return [*own, *listed(callbacks)]


def listed(callbacks):
    """A list of what `fit` got as `callbacks`: a list, one, or `None`."""
    if callbacks is None:
        return []
    return keras.tree.flatten(getattr(callbacks, "callbacks", callbacks))


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
