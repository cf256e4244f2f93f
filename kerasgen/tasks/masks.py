"""Which pixels of images are known."""

import numpy as np

from kerasgen.utils.arguments import check_choice

KINDS = ("center", "left", "random")


def mask(kind, shape, seed=0):
    """A mask for `inpaint`.

    Args:
        kind: str. What is missing: `"center"`, half the height and width in the
            middle; `"left"`, the left half; `"random"`, a third of the pixels
            of each image, drawn at random.
        shape: tuple of int. `(n, height, width, ...)`, of the images.
        seed: int. Of the random pixels.

    Returns:
        int array of shape `(n, height, width)`, 1 for known pixels and 0 for
        missing ones.

    Raises:
        ValueError: for another kind.

    Example:

    >>> int(mask("left", (5, 8, 8, 1))[0].sum())
    32
    """
    check_choice("kind", kind, KINDS)
    number, height, width = shape[:3]
    known = np.ones((number, height, width), int)
    if kind == "center":
        top, left = height // 4, width // 4
        known[:, top : height - top, left : width - left] = 0
    elif kind == "left":
        known[:, :, : width // 2] = 0
    else:
        order = np.random.default_rng(seed).random((number, height * width))
        missing = order.argsort(axis=1)[:, : height * width // 3]
        np.put_along_axis(known.reshape(number, -1), missing, 0, axis=1)
    return known
