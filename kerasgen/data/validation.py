"""Refuses data that models do not expect, and says how to mend them."""

import math

import numpy as np


def check_images(images, data_shape=None, name="images"):
    """Raises unless `images` are float images in [0, 1].

    Args:
        images: array of shape `(n, height, width, channels)`, or `(n, length)`
            for data of rank 1, whose values may be any finite numbers.
        data_shape: tuple of int or `None`. The shape of one image that is
            expected; `None` for any image shape.
        name: str. What the caller calls the argument.

    Raises:
        ValueError: if the type, the shape or the range is wrong, if there is
            a NaN, or if there are no images at all.
    """
    images = np.asarray(images)
    rank = 3 if data_shape is None else len(data_shape)
    _check_shape(images, data_shape, rank, name)
    if images.dtype.kind != "f" and images.dtype.name != "bfloat16":
        fix = (
            f"Divide them first: `{name}.astype('float32') / 255`."
            if images.dtype == np.uint8
            else f"Convert them: `{name}.astype('float32')`."
        )
        raise ValueError(
            f"Argument `{name}` must be floating point, in [0, 1]. Received: "
            f"{name} of dtype {images.dtype}. {fix}"
        )
    low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            f"Argument `{name}` must be finite. Received: {name} with NaN or "
            "infinite values. Find them with `np.isfinite`."
        )
    if rank == 3 and (low < 0 or high > 1):
        fix = (
            f"Divide them first: `{name} / 255`."
            if low >= 0
            else f"If they are in [-1, 1], rescale them: `({name} + 1) / 2`."
        )
        raise ValueError(
            f"Argument `{name}` must be in [0, 1]. "
            f"Received: {name} from {low:g} to {high:g}. {fix}"
        )


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
    """Raises unless `latents` are finite floats of shape `(n, *latent_shape)`.

    Args:
        latents: array.
        latent_shape: tuple of int. The shape of one latent.

    Raises:
        ValueError: if the type or the shape is wrong, or there is a NaN.
    """
    rows = np.asarray(latents)
    if rows.shape[1:] == tuple(latent_shape):
        rows = rows.reshape(len(rows), math.prod(latent_shape))
        latent_shape = rows.shape[1:]
    check_images(rows, tuple(latent_shape), "latents")
