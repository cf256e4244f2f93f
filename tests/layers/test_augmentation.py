"""Augmentation of what a discriminator sees, against numpy and scipy."""

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from kerasgen.engine.global_batch import GlobalBatch
from kerasgen.layers import AdaptiveAugmentation
from kerasgen.layers import diff_augment
from kerasgen.layers.diff_augment import NUM_DRAWS
from kerasgen.layers.image_transforms import recolour
from kerasgen.layers.image_transforms import warp

DRAW = np.random.default_rng(0)
IMAGES = DRAW.random((3, 8, 12, 3), np.float32)


def close(found, expected, tolerance=2e-6):
    np.testing.assert_allclose(np.array(found), expected, atol=tolerance)


def by_scipy(image, linear, shift=(0, 0)):
    """An image through an affine map about its centre, rows first."""
    middle = (np.array(image.shape[:2]) - 1) / 2
    offset = middle + shift - linear @ middle
    channels = [
        scipy.ndimage.affine_transform(
            channel, linear, offset, order=1, mode="reflect"
        )
        for channel in np.moveaxis(image, 2, 0)
    ]
    return np.stack(channels, axis=2)


def test_warp_is_that_of_scipy():
    matrices = DRAW.normal(size=(3, 2, 3)) * [1, 1, 5]
    found = warp(IMAGES, tf.constant(matrices, tf.float32))
    expected = [
        by_scipy(image, matrix[::-1, 1::-1], matrix[::-1, 2])
        for image, matrix in zip(IMAGES, matrices)
    ]
    close(found, expected, 1e-4)


def test_recolour():
    matrices = DRAW.normal(size=(3, 3, 3)).astype(np.float32)
    shift = np.array([0.1, 0.0, -0.4], np.float32)
    expected = [
        (image - 0.5) @ matrix.T + 0.5 + plus
        for image, matrix, plus in zip(IMAGES, matrices, shift)
    ]
    close(recolour(IMAGES, matrices, shift), expected)


class TestDiffAugment:
    def test_by_hand(self):
        uniform = DRAW.random((3, NUM_DRAWS)).astype(np.float32)
        expected = []
        for image, draws in zip(IMAGES, uniform):
            image = image + 0.5 * (draws[0] - 0.5)
            mean = image.mean(axis=2, keepdims=True)
            image = mean + (image - mean) * 2 * draws[1]
            image = image.mean() + (image - image.mean()) * (draws[2] + 0.5)
            # Up to 1 row and 2 columns (1.5, rounded to even) each way.
            down, across = int(draws[3] * 3) - 1, int(draws[4] * 5) - 2
            padded = np.pad(
                image, ((1, 1), (2, 2), (0, 0)), constant_values=0.5
            )
            image = padded[1 - down :, 2 - across :][:8, :12].copy()
            row, column = int(draws[5] * 9), int(draws[6] * 13)
            image[
                max(0, row - 2) : row + 2, max(0, column - 3) : column + 3
            ] = 0.5
            expected.append(image)
        close(diff_augment(IMAGES, uniform), expected)

    def test_largest_and_least_draws(self):
        """Nothing, an eighth each way, and the corners of a cutout."""
        plain = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.0, 0.0], np.float32)
        covered = IMAGES[0].copy()
        covered[:2, :3] = 0.5
        close(diff_augment(IMAGES[:1], plain[None])[0], covered)
        last = np.nextafter(np.float32(1), np.float32(0))
        plain[[3, 4, 5, 6]] = last
        moved = np.full_like(covered, 0.5)
        moved[1:, 2:] = IMAGES[0, :-1, :-2]
        moved[6:, 9:] = 0.5
        close(diff_augment(IMAGES[:1], plain[None])[0], moved)

    def test_gradients(self):
        images = tf.constant(IMAGES)
        uniform = DRAW.random((3, NUM_DRAWS)).astype(np.float32)
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = diff_augment(images, uniform)
            total = tf.reduce_sum(outputs)
        gradient = tape.gradient(total, images)
        # Pixels that are seen count, by how much contrast and saturation say.
        assert (np.abs(gradient).sum(axis=(1, 2, 3)) > 10).all()


# Places of the draws that decide whether a transformation is applied, and of
# those that say how, in the order in which they are drawn.
GATES = {
    "flip": 1,
    "quarter": 3,
    "shift": 6,
    "scale": 7,
    "rotation": 9,
    "stretch": 10,
    "second_rotation": 12,
    "fraction": 13,
    "brightness": 14,
    "contrast": 15,
    "luma": 17,
    "hue": 19,
    "saturation": 20,
}


def transformed(names, uniform=None, normal=None, images=IMAGES):
    """Images after some transformations alone, with draws that are given."""
    layer = AdaptiveAugmentation()
    layer.probability.assign(0.5)
    of_uniform = np.full((len(images), layer.num_uniform), 0.5, np.float32)
    of_normal = np.zeros((len(images), layer.num_normal), np.float32)
    of_uniform[:, list(GATES.values())] = 0.9
    for name in names:
        of_uniform[:, GATES[name]] = 0.1
    for place, value in (uniform or {}).items():
        of_uniform[:, place] = value
    for place, value in (normal or {}).items():
        of_normal[:, place] = value
    return np.array(layer(images, of_uniform, of_normal))


class TestAdaptiveAugmentation:
    def test_nothing_at_probability_0(self):
        layer = AdaptiveAugmentation()
        uniform = DRAW.random((3, layer.num_uniform)).astype(np.float32)
        normal = DRAW.normal(size=(3, layer.num_normal)).astype(np.float32)
        close(layer(IMAGES, uniform, normal), IMAGES, 1e-6)
        close(transformed([]), IMAGES, 1e-6)
        layer.probability.assign(1.0)
        assert np.abs(layer(IMAGES, uniform, normal) - IMAGES).mean() > 0.1

    def test_geometry_by_hand(self):
        close(transformed(["flip"], {0: 0.9}), IMAGES[:, :, ::-1])
        close(transformed(["flip"], {0: 0.1}), IMAGES)
        square = IMAGES[:, :, :8]
        for turns in range(4):
            found = transformed(
                ["quarter"], {2: turns / 4 + 0.1}, images=square
            )
            close(found, np.rot90(square, turns, (1, 2)), 1e-5)
        # By an eighth of 12 columns and of 8 rows at most; mirrored outside.
        found = transformed(["shift"], {4: 0.99, 5: 0.01})
        padded = np.pad(IMAGES, ((0, 0), (1, 1), (1, 1), (0, 0)), "symmetric")
        close(found, padded[:, :8, 2:])
        scale = 2 ** (0.2 * 3)
        found = transformed(["scale"], normal={0: 3.0})
        close(found, [by_scipy(i, scale * np.eye(2)) for i in IMAGES], 1e-4)
        found = transformed(["stretch"], normal={1: 3.0})
        matrix = np.diag([1 / scale, scale])
        close(found, [by_scipy(i, matrix) for i in IMAGES], 1e-4)
        cos, sin = np.cos(np.pi / 5), np.sin(np.pi / 5)
        matrix = np.array([[cos, sin], [-sin, cos]])
        for name, place in (("rotation", 8), ("second_rotation", 11)):
            found = transformed([name], {place: 0.6})
            close(found, [by_scipy(i, matrix) for i in IMAGES], 1e-4)
        half = transformed(["fraction"], normal={2: 0.5 / 1.5, 3: 0.0})
        close(half[:, :, :-1], (IMAGES[:, :, 1:] + IMAGES[:, :, :-1]) / 2, 1e-5)

    def test_colours_by_hand(self):
        close(transformed(["brightness"], normal={4: 2.0}), IMAGES + 0.2)
        close(
            transformed(["contrast"], normal={5: 2.0}), 2 * (IMAGES - 0.5) + 0.5
        )
        grey = IMAGES[..., :1]
        close(transformed(["luma"], {16: 0.9}, images=grey), 1 - grey)
        mean = IMAGES.mean(axis=3, keepdims=True)
        close(
            transformed(["luma"], {16: 0.9}), IMAGES - mean + (1 - mean), 1e-5
        )
        close(
            transformed(["saturation"], normal={6: 1.0}),
            mean + 2 * (IMAGES - mean),
            1e-5,
        )
        # A third of a turn takes red to green to blue.
        third = transformed(["hue"], {18: 0.5 + 1 / 3})
        close(third, np.roll(IMAGES, 1, axis=3), 1e-5)
        for name in ("saturation", "hue"):
            close(transformed([name], {18: 0.8}, {6: 1.0}, grey), grey)
        # Brightness is before contrast, and before the inversion.
        found = transformed(
            ["brightness", "contrast", "luma"],
            {16: 0.9},
            {4: 1.0, 5: 1.0},
            grey,
        )
        close(found, 0.5 - 2**0.5 * (grey + 0.1 - 0.5))

    def test_how_often(self):
        layer = AdaptiveAugmentation()
        layer.probability.assign(0.3)
        images = np.broadcast_to(IMAGES[:1], (4000, 8, 12, 3))
        uniform = DRAW.random((4000, layer.num_uniform)).astype(np.float32)
        uniform[:, list(set(GATES.values()) - {GATES["contrast"]})] = 0.99
        normal = DRAW.normal(size=(4000, layer.num_normal))
        found = layer(images, uniform, normal.astype(np.float32)).numpy()
        changed = np.abs(found - images).max(axis=(1, 2, 3)) > 1e-4
        assert changed.mean() == pytest.approx(0.3, abs=0.03)

    def test_gradients(self):
        layer = AdaptiveAugmentation()
        layer.probability.assign(1.0)
        images = tf.constant(IMAGES)
        uniform = DRAW.random((3, layer.num_uniform)).astype(np.float32)
        normal = DRAW.normal(size=(3, layer.num_normal)).astype(np.float32)
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(tf.square(layer(images, uniform, normal)))
        gradient = tape.gradient(total, images)
        step = 1e-2 * DRAW.normal(size=IMAGES.shape).astype(np.float32)
        changes = [
            np.square(layer(IMAGES + s * step, uniform, normal)).sum()
            for s in (1, -1)
        ]
        slope = 2 * np.sum(gradient * step)
        assert changes[0] - changes[1] == pytest.approx(slope, rel=1e-2)


def batch_of(rows):
    return GlobalBatch({"images": tf.zeros((rows, 2))}, 0, 1, tf.constant(0))


def test_probability_goes_where_it_should():
    layer = AdaptiveAugmentation(target=0.6, num_images=100)

    def update(signs, rows=10):
        for sign in signs:
            layer.update(tf.constant(sign, tf.float32), batch_of(rows))
        return float(layer.probability)

    # Nothing changes before four batches are there.
    assert update([1.0] * 3) == 0
    assert update([1.0]) == pytest.approx(0.4)
    # Right on 0.7 of them on average, above the target; then below.
    assert update([1.0, 0.4, 0.4, 0.8]) == pytest.approx(0.8)
    assert update([0.9, 0.1, 0.1, 0.9], rows=5) == pytest.approx(0.6)
    assert update([1.0] * 8) == 1
    assert update([-1.0] * 12) == 0
    layer.trainable = False
    assert update([1.0] * 4) == 0


def test_larger_batches_count_for_more():
    layer = AdaptiveAugmentation(target=0.0, num_images=100)
    for sign, rows in ((1.0, 9), (-1.0, 3), (-1.0, 3), (-1.0, 2)):
        layer.update(tf.constant(sign), batch_of(rows))
    assert float(layer.probability) == pytest.approx(0.17)
