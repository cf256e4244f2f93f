"""Grids of images."""

import math

import numpy as np

from kerasgen.utils import files


def image_grid(images, num_columns=None, padding=1):
    """Tiles images into one picture.

    Args:
        images: array of shape `(n, height, width, channels)`, float in [0, 1].
        num_columns: int. Defaults to the square root of `n`, rounded up.
        padding: int. White pixels between neighbours.

    Returns:
        uint8 array of shape `(rows * (height + padding) - padding,
        columns * (width + padding) - padding, channels)`; a place without an
        image stays white.

    Example:

    >>> image_grid(np.zeros((6, 8, 8, 1)), num_columns=3).shape
    (17, 26, 1)
    """
    images = np.asarray(images)
    if images.ndim != 4 or not len(images):
        raise ValueError(
            "Argument `images` must have shape (n, height, width, channels) "
            f"with n at least 1. Received: images of shape {images.shape}."
        )
    number, height, width, channels = images.shape
    columns = num_columns or math.ceil(math.sqrt(number))
    rows = math.ceil(number / columns)
    grid = np.full(
        (
            rows * (height + padding) - padding,
            columns * (width + padding) - padding,
            channels,
        ),
        255,
        np.uint8,
    )
    pixels = np.round(np.clip(images, 0, 1) * 255).astype(np.uint8)
    for index, image in enumerate(pixels):
        top = index // columns * (height + padding)
        left = index % columns * (width + padding)
        grid[top : top + height, left : left + width] = image
    return grid


def in_rows(groups, num_columns=8):
    """Images of several groups, row below row, for `image_grid`.

    Args:
        groups: sequence of arrays of shape `(n, height, width, channels)`, of
            as many images in [0, 1]. Smaller ones are enlarged, and grey ones
            coloured, where others are not.
        num_columns: int. Images in a row.

    Returns:
        float array of shape `(rows * num_columns, height, width, channels)`: a
        row of the first group, below it that of the next, and so on; white
        where there is no image.

    Example:

    >>> small, large = np.zeros((3, 4, 4, 1)), np.ones((3, 8, 8, 3))
    >>> in_rows([small, large], num_columns=2).shape
    (8, 8, 8, 3)
    """
    shapes = np.array([np.shape(group)[1:] for group in groups])
    *size, channels = shapes.max(axis=0)
    groups = [_brought_to(group, size, channels) for group in groups]
    number = len(groups[0])
    missing = -number % num_columns
    filled = [
        np.pad(group, ((0, missing), *[(0, 0)] * 3), constant_values=1)
        for group in groups
    ]
    together = np.stack(filled)
    rows = together.reshape(len(groups), -1, num_columns, *together.shape[2:])
    return rows.swapaxes(0, 1).reshape(-1, *together.shape[2:])


def _brought_to(images, size, channels):
    images = np.asarray(images, np.float32)
    if images.shape[-1] == 1 != channels:
        images = np.repeat(images, channels, axis=-1)
    if images.shape[1:3] != tuple(size):
        images = np.clip(_resized(images, size), 0, 1)
    return images


def save_image_grid(path, images, num_columns=None, min_pixels=600):
    """Writes a grid of images as a picture file.

    Args:
        path: str or `pathlib.Path`, ending in `.png` or another format that
            Pillow writes.
        images: see `image_grid`.
        num_columns: see `image_grid`.
        min_pixels: int. Small images are enlarged by a whole factor until the
            grid is about so wide, smoothly: squares hide the shape that eight
            by eight pixels show.
    """
    with files.atomic_path(path) as scratch:
        as_picture(images, num_columns, min_pixels).save(scratch)


def as_picture(images, num_columns=None, min_pixels=600):
    """A grid of images as a Pillow picture; see `save_image_grid`."""
    from PIL import Image

    width = image_grid(images, num_columns).shape[1]
    factor = max(1, math.ceil(min_pixels / width))
    grid = image_grid(_enlarge(images, factor), num_columns, padding=factor)
    return Image.fromarray(grid[..., 0] if grid.shape[-1] == 1 else grid)


def _enlarge(images, factor):
    if factor == 1:
        return images
    height, width = np.shape(images)[1:3]
    return _resized(images, (height * factor, width * factor))


def _resized(images, size):
    """Float images in another size (height, width)."""
    from PIL import Image

    _, height, width, channels = np.shape(images)
    planes = np.moveaxis(np.asarray(images, np.float32), -1, 1)
    resized = [
        Image.fromarray(plane).resize(size[::-1], Image.Resampling.BICUBIC)
        for plane in planes.reshape(-1, height, width)
    ]
    resized = np.stack(resized).reshape(-1, channels, *size)
    return np.moveaxis(resized, 1, -1)
