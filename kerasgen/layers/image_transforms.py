"""Transformations of images that gradients flow through, one an image.

They are made of gathers and sums, which every device and XLA have.
"""

import tensorflow as tf

# Images are shown on grey where there is nothing of them, and brightness and
# contrast are about it: the middle of [0, 1].
GREY = 0.5


def translate(images, down, across):
    """Moves images by whole pixels; grey comes in.

    Args:
        images: float tensor of shape `(batch, height, width, channels)`.
        down, across: int32 tensors of shape `(batch,)`.

    Returns:
        A tensor of the same shape.
    """
    for axis, shift in ((1, down), (2, across)):
        length = images.shape[axis]
        source = tf.range(length) - shift[:, None]
        is_inside = (source >= 0) & (source < length)
        moved = tf.gather(
            images, tf.clip_by_value(source, 0, length - 1), axis=axis,
            batch_dims=1,
        )  # fmt: skip
        shape = [-1, 1, 1, 1]
        shape[axis] = length
        images = tf.where(tf.reshape(is_inside, shape), moved, GREY)
    return images


def cut_out(images, centre_row, centre_column, size):
    """Covers a rectangle of each image in grey.

    Args:
        images: float tensor of shape `(batch, height, width, channels)`.
        centre_row, centre_column: int32 tensors of shape `(batch,)`; what lies
            outside of the image covers nothing.
        size: pair of int, rows and columns that are covered.

    Returns:
        A tensor of the same shape.
    """

    def is_covered(length, centre, covered):
        first = centre[:, None] - covered // 2
        place = tf.range(length)
        return (place >= first) & (place < first + covered)

    rows = is_covered(images.shape[1], centre_row, size[0])
    columns = is_covered(images.shape[2], centre_column, size[1])
    covered = rows[:, :, None, None] & columns[:, None, :, None]
    return tf.where(covered, GREY, images)


def warp(images, matrices):
    """Draws images anew through an affine map, bilinearly.

    Beyond its edges, an image goes on as its mirror image.

    Args:
        images: float tensor of shape `(batch, height, width, channels)`.
        matrices: float tensor of shape `(batch, 2, 3)`: from a place in the new
            image to the one in the old that it shows, (across, down, 1) in
            pixels from the centre.

    Returns:
        A tensor of the shape of `images`.
    """
    _, height, width, channels = images.shape
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    down, across = tf.meshgrid(
        tf.range(height, dtype=tf.float32) - middle_row,
        tf.range(width, dtype=tf.float32) - middle_column,
        indexing="ij",
    )
    places = tf.stack([across, down, tf.ones_like(down)])
    places = tf.reshape(places, (3, height * width))
    # Sums in place of a product of matrices, which may be less exact.
    found = tf.reduce_sum(matrices[..., None] * places, axis=2)
    columns, rows = found[:, 0] + middle_column, found[:, 1] + middle_row
    pixels = tf.reshape(images, (-1, height * width, channels))
    left, top = tf.floor(columns), tf.floor(rows)
    result = 0.0
    for row in (0, 1):
        for column in (0, 1):
            share = tf.abs(1.0 - row - (rows - top)) * tf.abs(
                1.0 - column - (columns - left)
            )
            place = _mirrored(top + row, height) * width
            place += _mirrored(left + column, width)
            corner = tf.gather(pixels, place, batch_dims=1)
            result += share[..., None] * corner
    return tf.reshape(result, (-1, height, width, channels))


def _mirrored(place, length):
    """Places on a line as places on one that is mirrored at its ends."""
    place = tf.cast(place, tf.int32) % (2 * length)
    return tf.minimum(place, 2 * length - 1 - place)


def recolour(images, matrices, shift):
    """Maps the colour of each pixel, affinely about grey.

    Args:
        images: float tensor of shape `(batch, height, width, channels)`.
        matrices: float tensor of shape `(batch, channels, channels)`.
        shift: float tensor of shape `(batch,)`, added to all channels.

    Returns:
        A tensor of the shape of `images`.
    """
    shape = tf.shape(images)
    pixels = tf.reshape(images - GREY, (shape[0], -1, images.shape[-1]))
    pixels = tf.matmul(pixels, matrices, transpose_b=True)
    return tf.reshape(pixels, shape) + GREY + shift[:, None, None, None]
