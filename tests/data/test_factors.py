"""Factors of tensorflow_datasets, of files like those that it downloads.

The data sets themselves are too large for a test; what stands in for them is
written in their format, and read by tensorflow_datasets' own code.
"""

import h5py
import numpy as np
import pytest
import tensorflow_datasets as tfds

from kerasgen import data

NUMBER = 12


def write_dsprites(path):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 2, (NUMBER, 64, 64), dtype=np.uint8)
    # Colour, which is one, then shape, scale, orientation, x, y.
    classes = generator.integers(0, [1, 3, 6, 40, 32, 32], (NUMBER, 6))
    with h5py.File(path, "w") as file:
        file["imgs"] = images
        file["latents/classes"] = classes
        file["latents/values"] = classes.astype(np.float64)
    return 255 * images[..., None], classes[:, 1:]


def write_shapes3d(path):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (NUMBER, 64, 64, 3), dtype=np.uint8)
    values = generator.permuted(
        np.tile([[0.0], [0.5], [0.75], [1.0]], (3, 6)), axis=0
    )
    with h5py.File(path, "w") as file:
        file["images"] = images
        file["labels"] = values
    return images, np.searchsorted([0, 0.5, 0.75, 1], values)


@pytest.mark.parametrize(
    "name, write, names",
    [
        (
            "dsprites",
            write_dsprites,
            ["shape", "scale", "orientation", "x_position", "y_position"],
        ),
        (
            "shapes3d",
            write_shapes3d,
            [
                *("floor_hue", "wall_hue", "object_hue"),
                *("scale", "shape", "orientation"),
            ],
        ),
    ],
)
def test_stand_ins(name, write, names, tmp_path, monkeypatch):
    images, factors = write(tmp_path / "file.h5")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(
        tfds.download.DownloadManager,
        "download",
        lambda self, url: str(tmp_path / "file.h5"),
    )
    monkeypatch.setattr("kerasgen.data.downloads._check_online", lambda: None)
    assert data.factor_names(name) == names
    found, labels = data.load_arrays(name)
    of_images = data.load_factors(name)
    assert list(of_images) == names
    # Files hold them in another order; the largest number is of one image.
    order = [
        int(np.abs(images.astype(float) / 255 - image).sum((1, 2, 3)).argmin())
        for image in found
    ]
    assert sorted(order) == list(range(NUMBER))
    np.testing.assert_allclose(found, images[order] / 255, atol=1e-6)
    for place, factor in enumerate(names):
        np.testing.assert_array_equal(
            of_images[factor], factors[order, place], factor
        )
    np.testing.assert_array_equal(labels, of_images["shape"])
    assert data.num_classes(name) == {"dsprites": 3, "shapes3d": 4}[name]
    batch, of_batch = next(iter(data.load(name, labels=True, batch_size=4)))
    assert batch.shape[1:] == images.shape[1:]
    assert set(of_batch.numpy()) <= set(range(4))
    if name == "dsprites":
        assert data.class_names(name) == ["square", "ellipse", "heart"]
        small, _ = data.load_arrays(name, image_size=8)
        assert 0.3 < small.mean() < 0.7


def test_data_without_factors():
    assert data.factor_names("digits") == []
    assert data.factor_names("./a_folder") == []
    assert data.factor_names("./images.npz") == []
