"""An image file -> pixels; all files are read here, and by Pillow."""

import contextlib

import numpy as np
from PIL import Image
from PIL import ImageColor
from PIL import ImageOps
from PIL.ExifTags import Base as ExifTag

# What Pillow knows but only writes, hands to another program or to a plugin,
# or what holds no picture of its own.
_NOT_READ = {
    "BUFR", "EPS", "GRIB", "HDF5", "IPTC", "MPEG", "PALM", "PDF", "WMF",
}  # fmt: skip
# Whole numbers of 16 bits; Pillow opens some of them in 32.
_INTEGERS = {"I", "I;16", "I;16B", "I;16L", "I;16N"}
_GREYS = {"1", "L", "LA", "La", "F", *_INTEGERS}
_UPRIGHT = 1


def endings():
    """The endings of files that are read, such as `".png"`, in lower case."""
    return {
        ending
        for ending, kind in Image.registered_extensions().items()
        if kind not in _NOT_READ
    }


def check_background(background):
    """Raises unless Pillow knows a colour by that name."""
    try:
        ImageColor.getrgb(background)
    except (ValueError, TypeError) as error:
        raise ValueError(
            "Argument `background` must be the name of a colour that Pillow "
            'knows, such as "white" or "#808080". Received: '
            f"background={background!r}."
        ) from error


def size_of(file):
    """(height, width) of the upright picture; see `read` for errors."""
    with _opened(file) as image:
        if _orientation(image) != _UPRIGHT:
            # Some decoders turn it themselves, so that only the result tells.
            image = ImageOps.exif_transpose(image)
        width, height = image.size
    return height, width


def is_grey(file):
    """Whether a file has no colours by its format; see `read` for errors."""
    with _opened(file) as image:
        if image.mode == "P":
            palette = np.reshape(image.getpalette("RGB"), (-1, 3))
            return bool((palette == palette[:, :1]).all())
        return image.mode in _GREYS


def read(file, size, channels, background="white"):
    """Reads the picture of a file; of several, as in a GIF, the first.

    Args:
        file: str.
        size: (height, width). The middle part of that aspect ratio is resized
            to it, by Pillow's bilinear filter, whose support grows as images
            shrink, so that nothing aliases: `tf.image.resize(antialias=True)`,
            by which named data sets are resized, computes the same.
        channels: 1 (grey) or 3 (colour).
        background: str. Colour under transparent pixels.

    Returns:
        uint8 array of shape `(*size, channels)`, turned upright. Whole numbers
        of 16 bits are scaled to 8, as are floats in [0, 1].

    Raises:
        ValueError: names the file, if it is no readable image.
    """
    height, width = size
    with _opened(file) as image:
        # A JPEG can be decoded at a half, a quarter or an eighth. Twice the
        # size is left to the filter; which side is which, turning may change.
        image.draft(None, (2 * max(size),) * 2)
        image.load()
        if _orientation(image) != _UPRIGHT:
            image = ImageOps.exif_transpose(image)
        image = _levels(image, channels, background)
        if image.size != (width, height):
            image = _middle(image, width / height)
            image = image.resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(image).reshape(height, width, channels)


@contextlib.contextmanager
def _opened(file):
    # Pillow goes by content, not by name, and would have another program draw
    # a PostScript file that calls itself a picture.
    kinds = [kind for kind in _kinds() if kind not in _NOT_READ]
    try:
        # Not by path: of a mapped TIFF file that lies on its side, Pillow (13)
        # mixes the sides up.
        with (
            open(file, "rb") as stream,
            Image.open(stream, formats=kinds) as image,
        ):
            yield image
    # Decoders raise whatever a broken file makes them stumble over.
    except Exception as error:
        raise ValueError(
            f"Every image of the folder must be readable. Received: {file}, "
            f"which is not ({error}). Remove or replace it."
        ) from error


def _kinds():
    Image.init()
    return Image.OPEN


def _orientation(image):
    try:
        return image.getexif().get(ExifTag.Orientation, _UPRIGHT)
    # Cameras and editors leave broken ones beside sound pixels.
    except (SyntaxError, ValueError, OSError):
        return _UPRIGHT


def _middle(image, ratio):
    """The largest part of an aspect ratio, width to height.

    Not `ImageOps.fit`, which lets pixels beyond the part bleed into its edges.
    """
    width = min(image.width, max(1, int(image.height * ratio)))
    height = min(image.height, max(1, int(image.width / ratio)))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _levels(image, channels, background):
    """A picture of 8 bits, with one channel or three."""
    if image.mode == "F" or image.mode in _INTEGERS:
        image = _eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        under = Image.new("RGBA", image.size, background)
        image = Image.alpha_composite(under, image)
    if image.mode not in ("1", "L"):
        # Pillow has no way from some kinds, CMYK for one, to grey.
        image = image.convert("RGB")
    return image.convert("L" if channels == 1 else "RGB")


def _eight_bits(image):
    values = np.asarray(image)
    largest = 1.0 if image.mode == "F" else 65535.0
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= largest):
        raise ValueError(
            f"it holds values from {low:g} to {high:g}, which are not all from "
            f"0 to {largest:g}"
        )
    return Image.fromarray(np.round(values * (255 / largest)).astype(np.uint8))
