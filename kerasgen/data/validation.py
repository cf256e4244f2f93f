"""Refuses data that models do not expect, and says how to mend them."""

import math

import numpy as np

# What is this little outside [0, 1] got there by rounding or resizing.
_SLIGHTLY = 0.1


def check_images(images, data_shape=None, name="images", uint8=True):
    """Raises unless `images` are images in [0, 1], or uint8 ones to 255.

    Args:
        images: float array of shape `(n, height, width, channels)` in [0, 1],
            or uint8 of that shape from 0 to 255; or `(n, length)` for data of
            rank 1, whose values may be any finite numbers. What becomes an
            array will do, as a data frame of numbers does.
        data_shape: tuple of int or `None`. The shape of one image that is
            expected; `None` for any image shape.
        name: str. What the caller calls the argument.
        uint8: bool. Whether such images will do.

    Returns:
        The same as a numpy array: floats or uint8 as they were, and rows of
        integers as float32.

    Raises:
        ValueError: if the type, the shape or the range is wrong, if there is
            a NaN, or if there are no images at all.
    """
    images = as_array(images, name)
    rank = 3 if data_shape is None else len(data_shape)
    _check_shape(images, data_shape, rank, name)
    if rank == 1 and images.dtype.kind in "biu":
        images = images.astype(np.float32)
    if rank == 3 and images.dtype == np.uint8 and uint8:
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
    with np.errstate(over="ignore"):  # In float32, which models count in.
        low, high = np.float32(images.min()), np.float32(images.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            f"Argument `{name}` must be finite. Received: {name} with NaN or "
            "infinite values. Find them with `np.isfinite`."
        )
    if rank == 3 and (low < 0 or high > 1):
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


def _check_shape(images, data_shape, rank, name):
    expected = "(batch, height, width, channels)"
    if data_shape is not None:
        sizes = ", ".join(str(size) for size in data_shape)
        expected = f"(batch, {sizes})"
    if images.ndim != rank + 1 or (
        data_shape is not None and images.shape[1:] != tuple(data_shape)
    ):
        fix = ""
        if images.ndim == rank and images.shape == tuple(data_shape or ()):
            fix = f" Give one image as a batch of one: `{name}[None]`."
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
            f"Argument `{name}` must hold at least one image. "
            f"Received: {name} of shape {images.shape}."
        )


def check_latents(latents, latent_shape):
    """Raises unless `latents` are finite, of shape `(n, *latent_shape)`.

    Args:
        latents: array, or data frame of numbers.
        latent_shape: tuple of int. The shape of one latent.

    Returns:
        float32 array of the same shape.

    Raises:
        ValueError: if the type or the shape is wrong, or there is a NaN.
    """
    latents = as_array(latents, "latents")
    rows, length = latents, tuple(latent_shape)
    if rows.shape[1:] == length:
        length = (math.prod(length),)
        rows = rows.reshape(len(rows), *length)
    rows = float_images(rows, length, "latents")
    return rows.reshape(latents.shape)
