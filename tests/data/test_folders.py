import numpy as np
import pytest
from PIL import Image

from kerasgen import data
from kerasgen.data import streams


def write(path, shape=(12, 10, 3), value=100):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full(shape, value, np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def folder(tmp_path):
    """Twenty images of two classes; image i has the value 5 * i."""
    for index in range(20):
        kind = "cats" if index < 10 else "dogs"
        write(tmp_path / kind / f"{index:02d}.png", value=5 * index)
    return tmp_path


def values(dataset):
    images = np.concatenate([batch for batch in dataset])
    return sorted(np.round(images[:, 0, 0, 0] * 255).astype(int).tolist())


def test_images_come_as_they_are(folder):
    dataset = data.from_folder(folder, batch_size=5, seed=0)
    assert dataset.element_spec.shape == (5, 12, 10, 3)
    assert values(dataset) == [5 * index for index in range(20)]


def test_splits_share_nothing(folder):
    options = {"batch_size": 2, "shuffle": False}
    test = values(data.from_folder(folder, split="test", **options))
    train = values(data.from_folder(folder, split="train", **options))
    assert test == [45, 95]
    assert sorted(train + test) == [5 * index for index in range(20)]
    assert data.splits(str(folder)) == ["train", "test"]


def test_labels_are_the_sub_folders(folder):
    dataset = data.from_folder(folder, labels=True, batch_size=20, seed=0)
    images, labels = next(iter(dataset))
    is_dog = np.round(images[:, 0, 0, 0] * 255) >= 50
    np.testing.assert_array_equal(labels, is_dog)


def test_load_takes_a_folder(folder):
    dataset = data.load(str(folder), split="all", image_size=8, batch_size=4)
    assert dataset.element_spec.shape == (4, 8, 8, 3)
    images, labels = data.load_arrays(str(folder), "all")
    assert images.shape == (20, 12, 10, 3)
    np.testing.assert_array_equal(labels, [0] * 10 + [1] * 10)


def test_grey_files_have_one_channel(tmp_path):
    write(tmp_path / "grey.png", shape=(9, 9))
    dataset = data.from_folder(tmp_path, batch_size=1)
    assert dataset.element_spec.shape == (1, 9, 9, 1)
    colour = data.from_folder(tmp_path, batch_size=1, channels=3)
    assert colour.element_spec.shape == (1, 9, 9, 3)


def test_many_images_are_streamed(folder, monkeypatch):
    monkeypatch.setattr(streams, "MEMORY_LIMIT", 0)
    dataset = data.from_folder(folder, batch_size=5, seed=0)
    assert len(dataset) == 4
    assert values(dataset) == [5 * index for index in range(20)]


def test_unequal_sizes_are_refused_unless_resized(folder):
    write(folder / "cats" / "large.png", shape=(30, 20, 3))
    with pytest.raises(ValueError, match="10x12.*20x30.*image_size=64"):
        data.from_folder(folder)
    dataset = data.from_folder(folder, image_size=(6, 5), batch_size=21)
    assert dataset.element_spec.shape == (21, 6, 5, 3)


def test_unreadable_file_is_named(folder):
    (folder / "dogs" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="broken.png"):
        data.from_folder(folder)


def test_truncated_file_is_named(folder):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    whole = folder / "dogs" / "half.jpg"
    Image.fromarray(noise).save(whole, quality=95)
    whole.write_bytes(whole.read_bytes()[:2000])
    with pytest.raises(ValueError, match="half.jpg"):
        data.from_folder(folder, image_size=8)


def test_missing_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no folder"):
        data.from_folder(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(ValueError, match="holds none"):
        data.from_folder(tmp_path)
    with pytest.raises(ValueError, match="no folder"):
        data.load(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("size", [0, 2.5, (3, 4, 5)])
def test_bad_size_is_refused(folder, size):
    with pytest.raises(ValueError, match="image_size="):
        data.from_folder(folder, image_size=size)


def test_labels_need_a_sub_folder_for_every_image(folder):
    write(folder / "beside.png")
    with pytest.raises(ValueError, match="labels=True"):
        data.from_folder(folder, labels=True)
    images, labels = data.load_arrays(str(folder), "all")
    assert images.shape == (21, 12, 10, 3)
    assert labels is None


def test_a_name_wins_over_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "digits" / "it.png")
    write(tmp_path / "photos" / "it.png")
    digits = data.load("digits", batch_size=10)
    assert digits.element_spec.shape == (10, 8, 8, 1)
    for name in ("./digits", "photos", tmp_path / "photos"):
        own = data.load(name, batch_size=1)
        assert own.element_spec.shape == (1, 12, 10, 3)
