"""Forms in colour with known factors, drawn from a seed."""

import functools

import numpy as np

from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_count
from kerasgen.utils.arguments import check_range
from kerasgen.utils.seeds import check_seed

COLOURS = {
    "red": (0.90, 0.16, 0.16),
    "yellow": (0.95, 0.85, 0.15),
    "green": (0.15, 0.70, 0.25),
    "cyan": (0.15, 0.80, 0.85),
    "blue": (0.18, 0.30, 0.90),
    "magenta": (0.85, 0.20, 0.80),
}
GROUNDS = {
    "cream": (0.98, 0.93, 0.80),
    "sky": (0.75, 0.87, 0.97),
    "mint": (0.78, 0.94, 0.82),
    "rose": (0.98, 0.82, 0.85),
    "slate": (0.20, 0.23, 0.28),
}
# By how many turns in a full one a form comes back to itself.
SYMMETRIES = {"ellipse": 2, "triangle": 3, "square": 4, "star": 5, "cross": 4}
FORMS = tuple(SYMMETRIES)
# Factors that are one of some names, and factors that are numbers in a range,
# in which no form comes back to itself, and none leaves the image.
NAMED = {"form": FORMS, "colour": tuple(COLOURS), "ground": tuple(GROUNDS)}
RANGES = {
    "scale": (0.13, 0.21),
    "x": (0.33, 0.67),
    "y": (0.33, 0.67),
    "rotation": (-30.0, 30.0),
}
CLASS_NAMES = [f"{colour} {form}" for form in FORMS for colour in COLOURS]

# Angles of an outline, near enough to each other for a hundredth of a pixel.
_NUM_ANGLES = 4096
# Images drawn at a time: what they take fits the processor's cache.
_BLOCK_PIXELS = 2**19


def draw_shapes(num_images, seed=0, image_size=32, factors=None):
    """Draws anti-aliased forms in colour, of which every factor is known.

    An image holds one form on an even ground. Its factors are independent of
    each other:

    - `form`: one of `"ellipse"`, `"triangle"`, `"square"`, `"star"`, `"cross"`;
    - `colour` of the form: `"red"`, `"yellow"`, `"green"`, `"cyan"`, `"blue"`,
      `"magenta"`;
    - `ground`, its colour: `"cream"`, `"sky"`, `"mint"`, `"rose"`, `"slate"`;
    - `scale`: radius of the disc of the same area, from 0.13 to 0.21 of the
      image's smaller side;
    - `x`, `y`: the form's centre, from 0.33 to 0.67 of width and height, from
      the left and from the top;
    - `rotation`: from -30 to 30 degrees, clockwise.

    Within these ranges an image has one set of factors only, which
    `kerasgen.data.measure_shapes` finds.

    Args:
        num_images: int.
        seed: int. Image `i` is a function of (`seed`, `i`) alone, and its
            factors are, however many are drawn.
        image_size: int or (height, width).
        factors: dict or `None`. Factors that are given: names of forms or
            colours, their numbers, or numbers in the ranges above; one for all
            images or an array of shape `(num_images,)`.

    Returns:
        (images, factors): uint8 of shape `(num_images, height, width, 3)`, and
        a dict from each factor to an array of shape `(num_images,)`: int32
        numbers of names, or float32.

    Raises:
        ValueError: for factors or values that there are not.

    Example:

    >>> images, factors = draw_shapes(3, seed=0, factors={"form": "star"})
    >>> images.shape, factors["form"].tolist()
    ((3, 32, 32, 3), [3, 3, 3])
    """
    check_count("num_images", num_images)
    size = tuple(int(side) for side in np.broadcast_to(image_size, 2))
    drawn = factors_of_seed(check_seed(seed), num_images)
    for name, values in (factors or {}).items():
        check_choice("factors", name, tuple(drawn))
        drawn[name] = _given(name, values, num_images)
    return render(drawn, size), drawn


def factors_of_seed(seed, num_images):
    """The factors of the first images of a seed, a dict of arrays."""
    names = (*NAMED, *RANGES)
    # Row by row, so that the first rows do not depend on how many follow.
    uniform = np.random.default_rng(seed).random((num_images, len(names)))
    drawn = {}
    for name, column in zip(names, uniform.T):
        if name in NAMED:
            drawn[name] = (column * len(NAMED[name])).astype(np.int32)
        else:
            low, high = RANGES[name]
            drawn[name] = (low + (high - low) * column).astype(np.float32)
    return drawn


def class_of(factors):
    """Places in `CLASS_NAMES`, of the form and its colour together."""
    return factors["form"] * len(COLOURS) + factors["colour"]


def render(factors, size):
    """Images of factors, uint8 of shape `(n, *size, 3)`."""
    number = len(factors["form"])
    images = np.empty((number, *size, 3), np.uint8)
    block = max(1, _BLOCK_PIXELS // (size[0] * size[1]))
    for start in range(0, number, block):
        rows = slice(start, start + block)
        part = {name: values[rows] for name, values in factors.items()}
        cover = coverage(part, size)[..., None]
        ground, colour = (
            np.float32(255) * palette(table)[part[name], None, None]
            for name, table in (("ground", GROUNDS), ("colour", COLOURS))
        )
        images[rows] = np.rint(ground + cover * (colour - ground))
    return images


def palette(table):
    """The colours of a table, float32 of shape `(n, 3)`."""
    return np.array(list(table.values()), np.float32)


def coverage(factors, size):
    """Which share of each pixel a form covers.

    By the distance of the pixel's centre to the outline, along its normal, in
    pixels; within half a pixel of a straight edge that is the share.

    Args:
        factors: dict of arrays of shape `(n,)`.
        size: (height, width).

    Returns:
        float32 array of shape `(n, *size)`, in [0, 1].
    """
    height, width = size
    across, down = offsets(factors["x"], factors["y"], size)
    radius = np.hypot(across, down)
    angle = np.arctan2(down, across)
    angle -= np.deg2rad(factors["rotation"])[:, None, None]
    angle *= np.float32(_NUM_ANGLES / (2 * np.pi))
    place = np.rint(angle).astype(np.int32) % _NUM_ANGLES
    place += _NUM_ANGLES * factors["form"][:, None, None]
    scale = factors["scale"][:, None, None] * np.float32(min(height, width))
    outline, slant = _outlines()
    inside = scale * outline.take(place) - radius
    return np.clip(inside * slant.take(place) + np.float32(0.5), 0, 1)


def offsets(x, y, size):
    """Of pixels from a form's centre, in pixels.

    Args:
        x, y: arrays of shape `(n,)`, in shares of width and height.
        size: (height, width).

    Returns:
        Two float32 arrays, to the right and down, of shapes `(n, 1, width)`
        and `(n, height, 1)`.
    """
    height, width = size
    columns = np.arange(width, dtype=np.float32) + np.float32(0.5)
    rows = np.arange(height, dtype=np.float32) + np.float32(0.5)
    across = columns[None, None, :] - (width * x)[:, None, None]
    down = rows[None, :, None] - (height * y)[:, None, None]
    return across, down


@functools.cache
def _outlines():
    """Outlines of all forms, as functions of the angle around the centre.

    Returns:
        Two float32 arrays, the angles of the forms one after the other: the
        distance of the outline, where the form has the area of a disc of radius
        1, and the cosine between that direction and the outline's normal.
    """
    angles = np.arange(_NUM_ANGLES) * (2 * np.pi / _NUM_ANGLES)
    step = angles[1]
    outlines, slants = [], []
    for form in FORMS:
        radius = _OUTLINES[form](angles)
        area = 0.5 * step * np.square(radius).sum()
        radius = radius * np.sqrt(np.pi / area)
        slope = (np.roll(radius, -1) - np.roll(radius, 1)) / (2 * step)
        outlines.append(radius)
        slants.append(radius / np.hypot(radius, slope))
    return tuple(
        np.concatenate(table).astype(np.float32) for table in (outlines, slants)
    )


def moment(form, order):
    """`sum e^(i order angle)` over a form that is not turned, per area."""
    outline = _outlines()[0].reshape(len(FORMS), _NUM_ANGLES)[form]
    angles = np.arange(_NUM_ANGLES) * (2 * np.pi / _NUM_ANGLES)
    return np.mean(np.square(outline) * np.exp(1j * order * angles))


def _regular(num_sides):
    """The outline of a regular polygon, with a corner on top."""

    def outline(angles):
        sector = 2 * np.pi / num_sides
        # From the top: rows are counted downwards.
        from_corner = np.mod(angles + np.pi / 2, sector)
        return 1 / np.cos(from_corner - sector / 2)

    return outline


def _ellipse(angles):
    return 1 / np.hypot(np.cos(angles) / 2, np.sin(angles))


def _square(angles):
    return _regular(4)(angles + np.pi / 4)


def _star(angles):
    """Five points, and between them inner corners at half their distance."""
    sector = 2 * np.pi / 5
    from_point = np.mod(angles + np.pi / 2, sector)
    from_point = np.minimum(from_point, sector - from_point)
    # The line through (1, 0) and half of (cos, sin) of half a sector.
    along = np.array([np.cos(sector / 2) / 2 - 1, np.sin(sector / 2) / 2])
    normal = np.array([along[1], -along[0]])
    return normal[0] / (
        normal[0] * np.cos(from_point) + normal[1] * np.sin(from_point)
    )


def _cross(angles):
    """Four arms, a third as wide as the cross."""
    from_arm = np.mod(angles, np.pi / 2)
    from_arm = np.minimum(from_arm, np.pi / 2 - from_arm)
    end, side = np.cos(from_arm), np.sin(from_arm)
    return np.minimum(1 / end, 1 / np.maximum(3 * side, 1e-9))


_OUTLINES = {
    "ellipse": _ellipse,
    "triangle": _regular(3),
    "square": _square,
    "star": _star,
    "cross": _cross,
}


def _given(name, values, num_images):
    """Values of a factor that a caller gave, one an image."""
    found = np.asarray(values)
    if name in NAMED:
        if found.dtype.kind in "US":
            for word in found.ravel().tolist():
                check_choice(name, word, NAMED[name])
            found = np.vectorize(NAMED[name].index)(found)
        for value in np.unique(found).tolist():
            check_choice(name, value, tuple(range(len(NAMED[name]))))
        found = found.astype(np.int32)
    else:
        for value in (found.min(), found.max()):
            check_range(name, float(value), *RANGES[name])
        found = found.astype(np.float32)
    if found.shape not in ((), (num_images,)):
        raise ValueError(
            f"Argument `factors` must hold one value, or one an image, of "
            f"{name!r}. Received: an array of shape {found.shape} for "
            f"{num_images} images."
        )
    return np.broadcast_to(found, num_images).copy()
