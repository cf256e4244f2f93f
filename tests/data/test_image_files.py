"""Every kind of file that people keep pictures in."""

import io
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasgen import data
from kerasgen.data import image_files

GREYS = np.arange(0, 250, 2, dtype=np.uint8)[:120].reshape(12, 10)
COLOURS = np.stack([GREYS, GREYS[::-1], GREYS[:, ::-1]], axis=-1)
_ORIENTATION = 0x0112


def loaded(folder, **options):
    """The images of a folder as levels from 0 to 255."""
    images = next(iter(data.from_folder(folder, shuffle=False, **options)))
    return np.round(np.asarray(images) * 255).astype(int)


def one(tmp_path, name, image, **options):
    """What comes of one picture that is saved in some format."""
    image.save(tmp_path / name, **options)
    return loaded(tmp_path)[0]


@pytest.mark.parametrize(
    "name", ["it.png", "it.bmp", "it.tif", "it.TIFF", "it.gif", "it.pgm"]
)
def test_grey_files_are_one_channel_of_what_they_hold(tmp_path, name):
    found = one(tmp_path, name, Image.fromarray(GREYS))
    np.testing.assert_array_equal(found, GREYS[..., None])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("it.png", {}),
        ("it.webp", {"lossless": True}),
        ("it.tiff", {"compression": "tiff_lzw"}),
        ("it.bmp", {}),
        ("it.jp2", {"irreversible": False}),
    ],
)
def test_colour_files_are_three_channels(tmp_path, name, options):
    found = one(tmp_path, name, Image.fromarray(COLOURS), **options)
    np.testing.assert_array_equal(found, COLOURS)


def test_one_bit_is_black_and_white(tmp_path):
    bits = Image.fromarray(GREYS > 100)
    for name in ("it.bmp", "it.png", "it.tif"):
        folder = tmp_path / name
        folder.mkdir()
        found = one(folder, name, bits)
        np.testing.assert_array_equal(found[..., 0], 255 * (GREYS > 100))


@pytest.mark.parametrize("name", ["it.png", "it.bmp", "it.gif"])
def test_palettes(tmp_path, name):
    colours = np.zeros((12, 10, 3), np.uint8)
    colours[:6, :, 0] = 200
    colours[6:, :, 2] = 90
    found = one(tmp_path, name, Image.fromarray(colours).quantize(4))
    np.testing.assert_array_equal(found, colours)


def test_a_palette_of_greys_is_grey(tmp_path):
    picture = Image.fromarray(GREYS)
    picture.putpalette([level for level in range(256) for _ in range(3)])
    found = one(tmp_path, "it.png", picture)
    np.testing.assert_array_equal(found, GREYS[..., None])


@pytest.mark.parametrize("name", ["it.png", "it.tif"])
def test_grey_of_16_bits_is_scaled(tmp_path, name):
    wide = GREYS.astype(np.uint16) * 257 + 100
    found = one(tmp_path, name, Image.fromarray(wide))
    np.testing.assert_array_equal(found, GREYS[..., None])


def test_integers_of_32_bits_hold_16(tmp_path):
    wide = GREYS.astype(np.int32) * 257
    found = one(tmp_path, "it.tif", Image.fromarray(wide))
    np.testing.assert_array_equal(found, GREYS[..., None])
    Image.fromarray(wide * 2).save(tmp_path / "it.tif")
    with pytest.raises(ValueError, match="it.tif.*to 122332.*to 65535"):
        data.from_folder(tmp_path)


def test_floats_are_in_0_to_1(tmp_path):
    found = one(tmp_path, "it.tif", Image.fromarray(np.float32(GREYS / 255)))
    np.testing.assert_array_equal(found, GREYS[..., None])
    for wrong in (np.float32(GREYS), np.full((3, 3), np.nan, np.float32)):
        Image.fromarray(wrong).save(tmp_path / "it.tif")
        with pytest.raises(ValueError, match="it.tif.*from 0 to 1"):
            data.from_folder(tmp_path)


@pytest.mark.parametrize("channels", [1, 3])
def test_cmyk(tmp_path, channels):
    picture = Image.new("RGB", (10, 12), (200, 40, 40)).convert("CMYK")
    picture.save(tmp_path / "it.jpg", quality=100)
    found = loaded(tmp_path, channels=channels)[0, 6, 5]
    expected = [200, 40, 40] if channels == 3 else [0.299 * 200 + 0.701 * 40]
    np.testing.assert_allclose(found, expected, atol=3)


def _transparent(mode):
    """Half a picture is opaque 100, half of it clear over hidden black."""
    bands = [np.full((8, 8), 100, np.uint8) for _ in mode[:-1]]
    clear = np.full((8, 8), 255, np.uint8)
    clear[4:] = 0
    for band in bands:
        band[4:] = 0
    return Image.merge(mode, [Image.fromarray(b) for b in (*bands, clear)])


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("RGBA", "it.png"),
        ("RGBA", "it.webp"),
        ("RGBA", "it.tif"),
        ("RGBA", "it.gif"),
        ("LA", "it.png"),
        ("LA", "it.tif"),
    ],
)
def test_white_is_under_transparent_pixels(tmp_path, mode, name):
    options = {"lossless": True} if name == "it.webp" else {}
    found = one(tmp_path, name, _transparent(mode), **options)
    assert (found[:4] == 100).all()
    assert (found[4:] == 255).all()


def test_half_transparent_pixels_and_other_backgrounds(tmp_path):
    picture = Image.new("RGBA", (4, 4), (100, 100, 100, 51))
    assert (one(tmp_path, "it.png", picture) == 224).all()
    black = loaded(tmp_path, background="black")
    assert (black == 20).all()
    blue = loaded(tmp_path, background="#0000ff")
    assert blue[0, 0, 0].tolist() == [20, 20, 224]
    for wrong in ("nocolour", 3, None):
        with pytest.raises(ValueError, match="background="):
            data.from_folder(tmp_path, background=wrong)


def test_a_colour_that_stands_for_transparent(tmp_path):
    picture = Image.fromarray(GREYS)
    found = one(tmp_path, "it.png", picture, transparency=int(GREYS[3, 3]))
    assert found[3, 3, 0] == 255
    assert found[3, 4, 0] == GREYS[3, 4]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["it.jpg", "it.png", "it.tif", "it.webp"])
def test_pictures_are_turned_upright(tmp_path, name, orientation):
    # Its quarters are 0, 60, 120 and 180.
    upright = np.kron([[0, 60], [120, 180]], np.ones((16, 24))).astype(np.uint8)
    turned = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: upright.T[::-1],
        7: upright.T[::-1, ::-1],
        8: upright.T[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    Image.fromarray(turned).save(tmp_path / name, exif=exif, quality=100)
    for options in ({}, {"image_size": (32, 48)}):
        found = loaded(tmp_path, channels=1, **options)[0, ..., 0]
        np.testing.assert_allclose(found, upright, atol=3)


def test_a_broken_exif_is_passed_over(tmp_path):
    exif = b"Exif\x00\x00" + b"no such thing" * 3
    picture = Image.fromarray(GREYS)
    found = one(tmp_path, "it.jpg", picture, exif=exif, quality=100)
    np.testing.assert_allclose(found[..., 0], GREYS, atol=3)


@pytest.mark.parametrize("name", ["it.gif", "it.webp", "it.png", "it.tif"])
def test_the_first_picture_of_an_animation(tmp_path, name):
    first, second = (Image.new("RGB", (9, 9), c) for c in ("red", "blue"))
    options = {"lossless": True} if name == "it.webp" else {}
    found = one(
        tmp_path, name, first, save_all=True, append_images=[second], **options
    )
    assert (found == [255, 0, 0]).all()


@pytest.mark.parametrize("shape", [(61, 40), (40, 61), (300, 200), (7, 5)])
def test_resized_as_named_data_sets_are(tmp_path, shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "it.png")
    found = loaded(tmp_path, image_size=16)[0]
    side = min(shape)
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    square = noise[top : top + side, left : left + side]
    expected = tf.image.resize(square, (16, 16), antialias=True)
    np.testing.assert_allclose(found, expected, atol=1.01)


def test_large_photos_are_decoded_small_and_look_the_same(tmp_path):
    rows, columns = np.mgrid[0:800, 0:1200]
    wave = 127 + 100 * np.sin(rows / 60) * np.cos(columns / 90)
    picture = Image.fromarray(wave.astype(np.uint8))
    picture.save(tmp_path / "it.jpg", quality=95)
    found = loaded(tmp_path, image_size=(20, 30))[0]
    expected = tf.image.resize(wave[..., None], (20, 30), antialias=True)
    np.testing.assert_allclose(found, expected, atol=2)


# === What is no picture ===


def _bomb():
    """A PNG file of a few bytes whose header says 100,000 by 100,000."""

    def chunk(kind, content):
        checked = kind + content
        check = struct.pack(">I", zlib.crc32(checked))
        return struct.pack(">I", len(content)) + checked + check

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def _text_bomb():
    """A PNG file with a text of 128 MB."""
    whole = _saved("PNG")
    content = b"Comment\0\0" + zlib.compress(bytes(2**27))
    checked = b"zTXt" + content
    chunk = struct.pack(">I", len(content)) + checked
    chunk += struct.pack(">I", zlib.crc32(checked))
    return whole[:33] + chunk + whole[33:]


def _saved(kind):
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(stream, kind)
    return stream.getvalue()


BROKEN = {
    "bomb.png": _bomb(),
    "text.png": _text_bomb(),
    "empty.png": b"",
    "zeros.png": bytes(500),
    "words.jpg": b"no picture",
    "half.jpg": _saved("JPEG")[:2000],
    "half.png": _saved("PNG")[:2000],
    "half.webp": _saved("WEBP")[:2000],
    "half.tif": _saved("TIFF")[:2000],
    "half.bmp": _saved("BMP")[:2000],
    "head.gif": _saved("GIF")[:10],
    "head.png": _saved("PNG")[:20],
    # Ghostscript would run it.
    "program.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    b"%%EndComments\nshowpage\n",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("image_size", [None, 8])
def test_broken_files_are_named(tmp_path, name, image_size):
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(ValueError, match=f"{name}.*Remove or replace it"):
        data.from_folder(tmp_path, image_size=image_size)


def test_what_other_programs_would_draw_is_not_read():
    assert {".png", ".jpg", ".webp", ".tiff", ".gif"} <= image_files.endings()
    assert not {".eps", ".ps", ".pdf", ".wmf", ".h5"} & image_files.endings()
