import numpy as np
import pytest

from kerasgen import data
from kerasgen.metrics.feature_network import _label


@pytest.fixture
def greys(tmp_path):
    """A file as of Keras's MNIST: uint8, without an axis of channels."""
    images = np.arange(12 * 6 * 5, dtype=np.uint8).reshape(12, 6, 5)
    path = tmp_path / "greys.npz"
    np.savez(
        path,
        x_train=images[:8],
        y_train=np.arange(8) % 3,
        x_test=images[8:],
        y_test=np.zeros((4, 1), np.uint8),
    )
    return str(path), images[..., None]


def test_parts(greys):
    path, expected = greys
    images, labels = data.load_arrays(path)
    np.testing.assert_array_equal(images, expected[:8].astype("f4") / 255)
    assert labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    images, labels = data.load_arrays(path, "test", image_size=(3, 5))
    assert images.shape == (4, 3, 5, 1)
    assert labels.shape == (4,)
    assert data.splits(path) == ["train", "test"]
    assert data.num_classes(path) == 3
    assert data.class_names(path) == []


def test_load(greys):
    path, expected = greys
    dataset = data.load(path, labels=True, batch_size=4, seed=0)
    rows = [row for images, _ in dataset for row in images.numpy()]
    np.testing.assert_allclose(
        np.sort(rows, axis=0), np.sort(expected[:8] / 255, axis=0), atol=1e-6
    )


def test_refusals(tmp_path, greys):
    path, _ = greys
    with pytest.raises(ValueError, match=r"one of \['train', 'test'\]"):
        data.load_arrays(path, "all")
    with pytest.raises(ValueError, match="cannot be read"):
        data.load(str(tmp_path / "none.npz"))
    others = str(tmp_path / "others.npz")
    np.savez(others, images=np.zeros((2, 4, 4, 1)))
    with pytest.raises(ValueError, match="which holds images"):
        data.load(others)
    np.savez(others, x_train=np.ones((2, 4, 4, 1)), y_train=np.zeros(3, int))
    with pytest.raises(ValueError, match="one integer an image"):
        data.load(others)
    np.savez(others, x_train=np.ones((2, 4, 4, 1)))
    with pytest.raises(ValueError, match="without class labels"):
        data.load(others, labels=True)
    assert not data.has_classes(others)


def test_a_changed_file_has_another_feature_network(greys):
    path, _ = greys
    before = _label(path, None)
    np.savez(path, x_train=np.ones((2, 4, 4, 1)))
    assert _label(path, None) != before
