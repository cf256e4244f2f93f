"""The columns of a batch: those that a model declares, and no other.

A batch is one column or a tuple of them, in the order in which the model
declares them (`columns`, a dict from name to kind); after them there may be
weights of rows. Where a model declares one column, Keras's (x, y) and (x, y,
weights) are taken too, and `y`, if it is labels, is left alone.
"""

import itertools

import numpy as np

from kerasgen.data.endpoint_kinds import Labels
from kerasgen.data.validation import check_labels


def split(batch, declared):
    """Parts a batch, whose columns were checked before.

    Args:
        batch: a column, or a tuple of columns.
        declared: dict from name to `kerasgen.data.kinds.Kind`.

    Returns:
        (dict from name to column as a model computes with it, weights of rows
        or `None`); tensors.
    """
    values, weights, _ = _parted(batch, declared)
    named = {
        name: kind.as_model_input(column)
        for (name, kind), column in zip(declared.items(), values)
    }
    return named, weights


def check(batch, model, name):
    """Raises unless a batch has the columns that a model declares.

    Args:
        batch: a column, or a tuple of columns, of numbers.
        model: `kerasgen.engine.BaseModel`.
        name: str. What the caller calls the data.

    Returns:
        (tuple of declared columns as numpy arrays, weights or `None`).

    Raises:
        ValueError: that names the column which is missing, wrong or not
            declared.
    """
    declared = model.columns
    if isinstance(batch, dict):
        raise ValueError(
            f"Argument `{name}` must hold batches of {_listed(declared)}, as "
            f"tuples. Received: dicts of {', '.join(map(str, batch))}. Map "
            f"them first: `.map(lambda row: {_example(declared)})`."
        )
    values, weights, others = _parted(batch, declared)
    for column in others:
        _check_ignored(column, model, name)
    missing = list(declared)[len(values) :]
    if missing:
        raise ValueError(_missing(missing[0], model, name))
    checked = [
        _checked(column, kind, column_name, model, name, is_first=not place)
        for place, ((column_name, kind), column) in enumerate(
            zip(declared.items(), values)
        )
    ]
    lengths = [len(column) for column in (*checked, *others)]
    if len(set(lengths)) > 1:
        raise ValueError(
            f"Argument `{name}` must have as many rows in each column. "
            f"Received: columns of {', '.join(map(str, lengths))} rows."
        )
    if weights is not None:
        weights = np.asarray(weights)
        check_weighing(model, weights, name=name)
        _check_sample_weight(weights, len(checked[0]))
    return tuple(checked), weights


def in_keras_order(columns, weights):
    """A batch of what `check` returns, for Keras: a column or a tuple."""
    if weights is not None:
        if len(columns) == 1:
            # Keras takes the second column for no weights.
            columns = *columns, np.zeros(len(columns[0]), np.int32)
        columns = *columns, weights
    return columns if len(columns) > 1 else columns[0]


def _parted(batch, declared):
    """Declared columns, weights or `None`, and what there is besides."""
    columns = batch if isinstance(batch, tuple) else (batch,)
    number = len(declared)
    # Keras fills up with `None`.
    while len(columns) > 1 and columns[-1] is None:
        columns = columns[:-1]
    values = tuple(itertools.takewhile(_is_there, columns[:number]))
    rest = columns[number:]
    # Keras's `y`, of models that have no use for one.
    ignored = rest[:1] if number == 1 else ()
    weights = rest[len(ignored) :]
    return (
        values,
        weights[0] if weights else None,
        [c for c in (*ignored, *weights[1:]) if c is not None],
    )


def _is_there(column):
    return column is not None


def _check_ignored(column, model, name):
    """Raises for an undeclared column, unless it may be labels."""
    shape = np.shape(column)
    if len(model.columns) == 1 and (
        len(shape) <= 1 or (len(shape) == 2 and shape[1] == 1)
    ):
        return
    raise ValueError(
        f"Argument `{name}` must hold {_listed(model.columns)}, which is what "
        f"{type(model).__name__} is trained on. Received: a column more, of "
        f"shape {shape}. Leave it out, or use a model that declares it."
    )


def _checked(column, kind, column_name, model, name, is_first):
    if isinstance(kind, Labels):
        return check_labels(
            column, kind.num_classes, None, name, model.class_names
        )
    return kind.check(column, name if is_first else column_name)


def _missing(column, model, name):
    expected = _listed(model.columns)
    text = (
        f"Argument `{name}` must hold {column}: {type(model).__name__} is "
        f"trained on {expected}. Received: {name} without them. "
    )
    if column == "labels":
        return text + (
            "Pass `y=labels` with arrays, or load data with `labels=True`."
        )
    return text + f"Pass {expected}."


def _listed(declared):
    names = ", ".join(declared)
    return f"({names})" if len(declared) > 1 else names


def _example(declared):
    fields = ", ".join(f'row["{name}"]' for name in declared)
    return f"({fields})" if len(declared) > 1 else fields


def check_weighing(model, sample_weight, class_weight=None, name="x"):
    """Raises for weights that a model does not support.

    Args:
        model: `kerasgen.engine.BaseModel`.
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
            "Argument `sample_weight` must be None, and a column more of "
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
