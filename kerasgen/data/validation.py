"""Refuses data that models do not expect, and says how to mend them."""

import math

import numpy as np

from kerasgen.utils.labels import numbers_of

# What is this little outside [0, 1] got there by rounding or resizing.
_SLIGHTLY = 0.1


def check_images(images, data_shape=None, name="images", uint8=True):
    """Raises unless `images` are images in [0, 1], or uint8 ones to 255.

    Args:
        images: float array of shape `(n, height, width, channels)` in [0, 1],
            or uint8 of that shape from 0 to 255.
        data_shape: tuple of int or `None`. The shape of one image that is
            expected; `None` for any image shape.
        name: str. What the caller calls the argument.
        uint8: bool. Whether such images will do.

    Returns:
        The same as a numpy array, floats or uint8 as they were.

    Raises:
        ValueError: if the type, the shape or the range is wrong, if there is
            a NaN, or if there are no images at all.
    """
    images = as_array(images, name)
    _check_shape(images, data_shape, 3, name, "image")
    if images.dtype == np.uint8 and uint8:
        _check_bytes(images, name)
        return images
    if not _is_floating(images.dtype):
        others = ", or uint8, from 0 to 255" if uint8 else ""
        fix = f"Convert them: `{name}.astype('float32')`, or `'uint8'`."
        if images.dtype == np.uint8:
            fix = f"Divide them first: `{name}.astype('float32') / 255`."
        raise ValueError(
            f"Argument `{name}` must be floating point, in [0, 1]{others}. "
            f"Received: {name} of dtype {images.dtype}. {fix}"
        )
    low, high = _finite_range(images, name)
    if low < 0 or high > 1:
        raise ValueError(
            f"Argument `{name}` must be in [0, 1]. Received: {name} from "
            f"{low:.9g} to {high:.9g}. {_way_into_range(low, high, name)}"
        )
    return images


def float_images(images, data_shape=None, name="images"):
    """`check_images`, with what it returns as float32, uint8 divided by 255."""
    images = check_images(images, data_shape, name)
    if images.dtype == np.uint8:
        return np.divide(images, 255, dtype=np.float32)
    return images.astype(np.float32, copy=False)


def check_rows(rows, length=None, name="rows"):
    """Raises unless `rows` are rows of finite numbers.

    Args:
        rows: array of shape `(n, length)`, or what becomes one, as a data
            frame of numbers does.
        length: int or `None` for any length.
        name: str. What the caller calls the argument.

    Returns:
        Numpy array: floats as they were, other numbers as float32.

    Raises:
        ValueError: for text, NaN, another shape, or no rows at all.
    """
    rows = as_array(rows, name)
    shape = None if length is None else (length,)
    _check_shape(rows, shape, 1, name, "row")
    if rows.dtype.kind in "biu":
        rows = rows.astype(np.float32)
    if not _is_floating(rows.dtype):
        raise ValueError(
            f"Argument `{name}` must be numbers. Received: {name} of dtype "
            f"{rows.dtype}."
        )
    _finite_range(rows, name)
    return rows


def check_integers(values, shape, limit, name):
    """Raises unless `values` are integers from 0 to below a limit.

    Args:
        values: int array of shape `(n, *shape)`.
        shape: tuple of int.
        limit: int.
        name: str. What the caller calls the argument.

    Returns:
        int32 array.

    Raises:
        ValueError: for another type or shape, or a number out of range.
    """
    values = as_array(values, name)
    _check_shape(values, shape, len(shape), name, "sequence")
    if values.dtype.kind not in "iu":
        raise ValueError(
            f"Argument `{name}` must be integers. Received: {name} of dtype "
            f"{values.dtype}. Convert them: `{name}.astype('int32')`."
        )
    low, high = values.min(), values.max()
    if low < 0 or high >= limit:
        raise ValueError(
            f"Argument `{name}` must be from 0 to {limit - 1}. Received: "
            f"{name} from {low} to {high}."
        )
    return values.astype(np.int32, copy=False)


def check_labels(
    labels, num_classes, num_rows=None, name="labels", class_names=None
):
    """Labels as an int32 array of one label a row.

    Args:
        labels: int or name, or array of these of shape `(n,)` or `(n, 1)`.
        num_classes: int.
        num_rows: int. How many there must be; one label is repeated.
        name: str. What the caller calls the argument.
        class_names: sequence of str, or `None` where classes have no names.

    Returns:
        int32 array of shape `(num_rows,)`.

    Raises:
        ValueError: for labels that are no names and no integers from 0 to
            `num_classes - 1`, or not one a row.
    """
    found = numbers_of(labels, class_names, name)
    expected = (
        f"Argument `{name}` must be integers from 0 to {num_classes - 1}, one "
        "a row"
    )
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.dtype.kind not in "iu" or found.ndim > 1:
        raise ValueError(
            f"{expected}. Received: {name} of dtype {found.dtype} and shape "
            f"{found.shape}."
        )
    wrong = found[(found < 0) | (found >= num_classes)]
    if wrong.size:
        raise ValueError(f"{expected}. Received: {name} with {wrong.flat[0]}.")
    if num_rows is not None:
        if found.ndim and len(found) != num_rows:
            raise ValueError(
                f"{expected}. Received: {len(found)} labels for {num_rows} "
                "rows."
            )
        found = np.broadcast_to(found, (num_rows,))
    return found.astype(np.int32)


def as_array(x, name="x"):
    """What has numbers as a numpy array, and a data frame's as float32.

    Args:
        x: array, tensor, list, or what numpy makes an array of, such as a data
            frame of pandas.
        name: str. What the caller calls the argument.

    Raises:
        ValueError: for text, and whatever else is no number.
    """
    array = np.asarray(x)
    if array.dtype.kind not in "OSU":
        return array
    texts = [
        str(column)
        for column, values in _columns(x, array)
        if any(isinstance(value, (str, bytes)) for value in values)
    ]
    try:
        if not texts:
            return array.astype(np.float32)
    except (TypeError, ValueError):
        pass
    found = (
        f"text in column {', '.join(texts)}"
        if texts
        else "values that are none, such as missing ones"
    )
    raise ValueError(
        f"Argument `{name}` must hold numbers alone. Received: {name} with "
        f"{found}. Leave them out, or make numbers of them, as "
        "`pandas.get_dummies` does of text."
    )


def _columns(x, array):
    """The columns of a table and their names; all values of anything else."""
    if array.ndim != 2:
        return [("0", array.flat)]
    return zip(getattr(x, "columns", range(array.shape[1])), array.T)


def _is_floating(dtype):
    return dtype.kind == "f" or dtype.name == "bfloat16"


def _check_bytes(images, name):
    # A batch may be all black, whatever is white.
    if images.max() == 1:
        raise ValueError(
            f"Argument `{name}` must go from 0 to 255 where it is uint8. "
            f"Received: {name} of dtype uint8 with no value above 1, which is "
            f"black. If 1 is white, convert them: `{name}.astype('float32')`."
        )


def _way_into_range(low, high, name):
    if low >= -_SLIGHTLY and high <= 1 + _SLIGHTLY:
        return f"Clip them: `np.clip({name}, 0, 1)`."
    if low < 0:
        return f"If they are in [-1, 1], rescale them: `({name} + 1) / 2`."
    return f"Divide them first: `{name} / {255 if high <= 255 else 65535}`."


def _finite_range(values, name):
    """The least and the largest value, in float32, which models count in."""
    with np.errstate(over="ignore"):
        low, high = np.float32(values.min()), np.float32(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            f"Argument `{name}` must be finite. Received: {name} with NaN or "
            "infinite values. Find them with `np.isfinite`."
        )
    return low, high


_AXES = {
    0: "(batch,)",
    1: "(batch, length)",
    3: "(batch, height, width, channels)",
}


def _check_shape(images, data_shape, rank, name, noun):
    expected = _AXES.get(rank)
    if data_shape is not None:
        sizes = ", ".join(str(size) for size in data_shape)
        expected = f"(batch, {sizes})"
    if images.ndim != rank + 1 or (
        data_shape is not None and images.shape[1:] != tuple(data_shape)
    ):
        fix = ""
        if images.ndim == rank and images.shape == tuple(data_shape or ()):
            fix = f" Give one {noun} as a batch of one: `{name}[None]`."
        elif (
            data_shape is not None
            and data_shape[-1:] == (1,)
            and (images.shape[1:] == tuple(data_shape[:-1]))
        ):
            fix = f" Add the channel: `{name}[..., None]`."
        raise ValueError(
            f"Argument `{name}` must have shape {expected}. "
            f"Received: {name} of shape {images.shape}.{fix}"
        )
    if not len(images):
        raise ValueError(
            f"Argument `{name}` must hold at least one {noun}. "
            f"Received: {name} of shape {images.shape}."
        )


def check_latents(latents, latent_shape, name="latents"):
    """Raises unless `latents` are finite, of shape `(n, *latent_shape)`.

    Args:
        latents: array, or data frame of numbers.
        latent_shape: tuple of int. The shape of one latent.
        name: str. What the caller calls the argument.

    Returns:
        float32 array of the same shape.

    Raises:
        ValueError: if the type or the shape is wrong, or there is a NaN.
    """
    latents = as_array(latents, name)
    rows, length = latents, math.prod(latent_shape)
    if rows.shape[1:] == tuple(latent_shape):
        rows = rows.reshape(len(rows), length)
    rows = check_rows(rows, length, name)
    return rows.astype(np.float32, copy=False).reshape(latents.shape)
