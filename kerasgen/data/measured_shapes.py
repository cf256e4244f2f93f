"""The factors of drawn forms, read from their images."""

import numpy as np

from kerasgen.data import shapes
from kerasgen.data.validation import check_images

# Above it, what an image shows is no form: forms are further from each other.
LARGEST_ERROR = 0.4
# Shares of a pixel that are taken for none, and from 1 for all: what is left of
# noise on the ground would count for much of a form.
_NOISE = 0.15
# Images at a time: each is drawn anew once a form.
_BLOCK_PIXELS = 2**19


def measure_shapes(images):
    """Finds the factors of images of `draw_shapes`: its inverse.

    For images that a model drew, it says which form and colour they show, and
    by `error` how well: the root of the squared difference between an image and
    the form drawn anew from the factors found, relative to that between this
    drawing and its ground. Drawings have an error of some 0.05, an
    image without a form or with a wrong one of 0.5 and more.

    Args:
        images: array of shape `(n, height, width, 3)`, of float in [0, 1] or of
            uint8.

    Returns:
        dict from each factor, see `draw_shapes`, to an array of shape `(n,)`;
        and `error`, float32.

    Raises:
        ValueError: for anything but images in colour.

    Example:

    >>> from kerasgen.data import draw_shapes
    >>> images, factors = draw_shapes(100, seed=0)
    >>> found = measure_shapes(images)
    >>> bool((found["form"] == factors["form"]).all())
    True
    """
    images = check_images(images)
    if images.shape[-1] != 3:
        raise ValueError(
            "Argument `images` must be in colour, of shape (n, height, width, "
            f"3). Received: shape {images.shape}."
        )
    block = max(1, _BLOCK_PIXELS // (images.shape[1] * images.shape[2]))
    starts = range(0, len(images), block)
    parts = [_measured(images[start : start + block]) for start in starts]
    if not parts:
        raise ValueError("Argument `images` must not be empty.")
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def classes_of_shapes(images):
    """Labels of images of `"shapes"`, or -1 where an image shows no form.

    Args:
        images: see `measure_shapes`.

    Returns:
        int array of shape `(n,)`.
    """
    found = measure_shapes(images)
    is_form = found["error"] < LARGEST_ERROR
    return np.where(is_form, shapes.class_of(found), -1)


def _measured(images):
    """Factors and errors of a block of images."""
    if images.dtype == np.uint8:
        images = images / np.float32(255)
    images = images.astype(np.float32)
    size = images.shape[1:3]
    found = {"ground": _nearest(_border(images), shapes.GROUNDS)}
    found["colour"], cover = _colours(images, found["ground"])
    x, y, area = _place(cover)
    found["scale"] = np.sqrt(area / np.pi) / min(size)
    found["x"], found["y"] = x, y
    found = {n: _within_range(n, values) for n, values in found.items()}
    drawings = []
    for form in range(len(shapes.FORMS)):
        candidate = {**found, "form": np.full(len(images), form, np.int32)}
        rotation = _rotation(cover, x, y, form)
        candidate["rotation"] = _within_range("rotation", rotation)
        drawn = shapes.coverage(candidate, size)
        missed = np.square(drawn - cover).sum(axis=(1, 2))
        drawings.append((missed, candidate["rotation"]))
    missed, rotations = map(np.stack, zip(*drawings))
    form = missed.argmin(axis=0)
    found["form"] = form.astype(np.int32)
    found["rotation"] = rotations[form, np.arange(len(form))]
    found["error"] = _error(images, found)
    names = (*shapes.NAMED, *shapes.RANGES, "error")
    return {name: found[name] for name in names}


def _border(images):
    """The colour of the outermost pixels, which no form reaches."""
    edges = [
        images[:, 0],
        images[:, -1],
        images[:, 1:-1, 0],
        images[:, 1:-1, -1],
    ]
    return np.median(np.concatenate(edges, axis=1), axis=1)


def _nearest(colours, table):
    """Which colour of a table is nearest to each, int32."""
    differences = colours[:, None] - shapes.palette(table)
    return np.square(differences).sum(axis=2).argmin(axis=1).astype(np.int32)


def _colours(images, ground):
    """The colour of each form, and how much of it each pixel has.

    The colour is that by which a mixture with the ground, of shares from 0 to
    1, leaves least of the image over.
    """
    from_ground = images - shapes.palette(shapes.GROUNDS)[ground, None, None]
    mixtures = []
    for colour in shapes.palette(shapes.COLOURS):
        contrast = (colour - shapes.palette(shapes.GROUNDS))[ground]
        size = np.square(contrast).sum(axis=1)[:, None, None]
        cover = np.einsum("nhwc,nc->nhw", from_ground, contrast) / size
        cover = np.clip(cover, 0, 1)
        left = from_ground - cover[..., None] * contrast[:, None, None]
        mixtures.append((np.square(left).sum(axis=(1, 2, 3)), cover))
    left, covers = map(np.stack, zip(*mixtures))
    colour = left.argmin(axis=0)
    cover = covers[colour, np.arange(len(colour))]
    cover = np.clip((cover - _NOISE) / (1 - 2 * _NOISE), 0, 1)
    return colour.astype(np.int32), cover


def _place(cover):
    """Centre, in shares of width and height, and area in pixels."""
    height, width = cover.shape[1:]
    area = cover.sum(axis=(1, 2))
    weights = cover / np.maximum(area, 1e-6)[:, None, None]
    rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
    x = weights.sum(axis=1) @ columns / width
    y = weights.sum(axis=2) @ rows / height
    return x.astype(np.float32), y.astype(np.float32), area


def _rotation(cover, x, y, form):
    """By how many degrees a form is turned, if it is that form.

    By its moment `sum e^(i m angle)`, where the form has m-fold symmetry: that
    of the form upright times `e^(i m turned)`.
    """
    symmetry = shapes.SYMMETRIES[shapes.FORMS[form]]
    across, down = shapes.offsets(x, y, cover.shape[1:])
    angles = symmetry * np.arctan2(down, across)
    real, imaginary = (
        (cover * function(angles)).sum(axis=(1, 2))
        for function in (np.cos, np.sin)
    )
    moment = real + 1j * imaginary
    turned = np.angle(moment * np.conj(shapes.moment(form, symmetry)))
    return np.rad2deg(turned) / symmetry


def _within_range(name, values):
    if name not in shapes.RANGES:
        return values
    return np.clip(values, *shapes.RANGES[name]).astype(np.float32)


def _error(images, factors):
    drawn = shapes.render(factors, images.shape[1:3]) / np.float32(255)
    ground = shapes.palette(shapes.GROUNDS)[factors["ground"], None, None]

    def size(differences):
        return np.square(differences).sum(axis=(1, 2, 3))

    return np.sqrt(size(images - drawn) / size(drawn - ground))
