import numpy as np
import pytest
from PIL import Image

from kerasgen.utils.images import image_grid
from kerasgen.utils.images import save_image_grid


def test_grid_places_images_row_by_row():
    images = np.linspace(0, 0.8, 5)[:, None, None, None] * np.ones((5, 2, 3, 1))
    grid = image_grid(images, num_columns=3)
    assert grid.shape == (5, 11, 1)
    levels = np.round(np.linspace(0, 0.8, 5) * 255)
    for index, level in enumerate(levels):
        top, left = index // 3 * 3, index % 3 * 4
        assert (grid[top : top + 2, left : left + 3] == level).all()
    assert (grid[2] == 255).all()
    assert (grid[3:, 8:] == 255).all()


def test_grid_is_about_square():
    assert image_grid(np.zeros((64, 8, 8, 3))).shape == (71, 71, 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_small_images_are_enlarged_each_by_itself(tmp_path, channels):
    levels = np.linspace(0.1, 0.8, 4 * channels).reshape(4, 1, 1, channels)
    images = levels * np.ones((4, 8, 10, channels))
    save_image_grid(tmp_path / "it.png", images, min_pixels=100)
    picture = np.asarray(Image.open(tmp_path / "it.png"))
    # A factor of five; nothing of a neighbour or the lines flows in.
    assert picture.shape[:2] == (5 * 17, 5 * 21)
    picture = picture.reshape(*picture.shape[:2], channels)
    for index, level in enumerate(levels):
        top, left = index // 2 * 45, index % 2 * 55
        tile = picture[top : top + 40, left : left + 50]
        expected = np.broadcast_to(np.round(level * 255), tile.shape)
        np.testing.assert_allclose(tile, expected, rtol=0, atol=1)
    assert (picture[40:45] == 255).all()


def test_large_images_are_left_alone(tmp_path):
    images = np.random.default_rng(0).random((4, 60, 60, 1))
    save_image_grid(tmp_path / "it.png", images, min_pixels=100)
    picture = np.asarray(Image.open(tmp_path / "it.png"))
    np.testing.assert_array_equal(picture, image_grid(images)[..., 0])


@pytest.mark.parametrize("shape", [(0, 8, 8, 1), (8, 8, 1)])
def test_no_images_are_refused(shape):
    with pytest.raises(ValueError, match="at least 1"):
        image_grid(np.zeros(shape))
