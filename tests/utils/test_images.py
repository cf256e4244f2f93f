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
def test_picture_is_enlarged_without_smoothing(tmp_path, channels):
    images = np.random.default_rng(0).random((4, 8, 8, channels))
    save_image_grid(tmp_path / "it.png", images, min_pixels=100)
    picture = np.asarray(Image.open(tmp_path / "it.png"))
    assert picture.shape[:2] == (17 * 6, 17 * 6)
    grid = image_grid(images)
    small = picture[::6, ::6].reshape(grid.shape)
    np.testing.assert_array_equal(small, grid)


@pytest.mark.parametrize("shape", [(0, 8, 8, 1), (8, 8, 1)])
def test_no_images_are_refused(shape):
    with pytest.raises(ValueError, match="at least 1"):
        image_grid(np.zeros(shape))
