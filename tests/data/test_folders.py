import os
import warnings

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kerasgen
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


# === Classes ===


def labelled(folder, **options):
    """dict from the grey level of an image to the name of its class."""
    options = {"shuffle": False, "labels": True, **options}
    dataset = data.from_folder(folder, **options)
    names = dataset.class_names
    return {
        int(level): names[label]
        for images, labels in dataset
        for level, label in zip(np.round(images[:, 0, 0, 0] * 255), labels)
    }


EXPECTED = {5 * i: "cats" if i < 10 else "dogs" for i in range(20)}


def test_class_names_are_those_of_the_labels(folder):
    assert data.from_folder(folder, labels=True).class_names == ["cats", "dogs"]
    assert data.from_folder(folder).class_names == ["cats", "dogs"]
    assert data.load(str(folder)).class_names == ["cats", "dogs"]
    assert data.class_names(str(folder)) == ["cats", "dogs"]
    assert labelled(folder) == EXPECTED
    assert labelled(folder, split="test") == {45: "cats", 95: "dogs"}


@pytest.mark.parametrize(
    "name", ["a", "bears", ".ipynb_checkpoints", "__MACOSX", "zebras", "cat"]
)
def test_folders_without_images_shift_no_label(folder, name):
    (folder / name).mkdir()
    (folder / name / "notes.txt").write_text("no picture")
    if name.startswith((".", "_")):
        write(folder / name / "copy.png")
    with pytest.warns(data.LeftOutWarning, match="Left out of"):
        assert labelled(folder) == EXPECTED
    assert data.num_classes(str(folder)) == 2
    _, labels = data.load_arrays(str(folder), "all")
    assert labels.tolist() == [0] * 10 + [1] * 10


def test_a_class_without_images_in_a_split_keeps_its_label(tmp_path):
    for index in range(5):
        write(tmp_path / "a" / f"{index}.png", value=index)
        write(tmp_path / "b" / f"{index}.png", value=10 + index)
    dataset = data.from_folder(tmp_path, labels=True, split="test")
    assert dataset.class_names == ["a", "b"]
    assert [labels.numpy().tolist() for _, labels in dataset] == [[1]]


def test_what_is_hidden_or_no_image_is_left_out_and_counted(folder):
    (folder / "cats" / "._00.png").write_bytes(b"of macOS")
    (folder / "dogs" / "Thumbs.db").write_bytes(b"of Windows")
    (folder / "dogs" / "notes.txt").write_text("no picture")
    (folder / "README").write_text("no picture")
    (folder / "ships").mkdir()
    expected = (
        rf"^Left out of {folder}: 1 .db, 1 .txt, 1 hidden, 1 without an "
        r"ending, 1 folder without images \(ships\)\.$"
    )
    for labels in (False, True):
        with pytest.warns(data.LeftOutWarning, match=expected):
            dataset = data.from_folder(folder, labels=labels, batch_size=20)
        images = next(iter(dataset))
        assert (images[0] if labels else images).shape == (20, 12, 10, 3)


def test_nothing_is_said_of_a_tidy_folder(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data.from_folder(folder)


def test_links_are_followed(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere / "ship.png", value=200)
    write(elsewhere / "deep" / "boat.png", value=210)
    os.symlink(elsewhere, folder / "ships")
    os.symlink(elsewhere / "ship.png", folder / "cats" / "link.png")
    assert labelled(folder) == {**EXPECTED, 200: "ships", 210: "ships"}
    assert len(data.load_arrays(str(folder), "all")[0]) == 23


def test_links_in_a_circle_end(folder):
    os.symlink(folder, folder / "cats" / "top")
    os.symlink(folder / "cats", folder / "cats" / "again")
    os.symlink(folder / "dogs", folder / "loop")
    os.symlink(folder, folder / "self")
    (folder / "many").mkdir()
    for index in range(12):
        os.symlink(folder / "many", folder / "many" / f"{index}")
    with pytest.warns(data.LeftOutWarning, match="2 folders .*many, self"):
        found = labelled(folder)
    # `loop` is a class of the same images as `dogs`; each image counts once.
    dogs = {level for level, name in EXPECTED.items() if name == "dogs"}
    assert found == EXPECTED | {level: "loop" for level in dogs}
    assert len(data.load_arrays(str(folder), "all")[0]) == 30


def test_a_link_to_nowhere_is_named(folder):
    os.symlink(folder / "nothing.png", folder / "cats" / "gone.png")
    with pytest.raises(ValueError, match="gone.png"):
        data.from_folder(folder)


# === Many images ===


def test_a_stream_has_labels_and_an_order_by_seed_and_epoch(
    folder, monkeypatch
):
    monkeypatch.setattr(streams, "MEMORY_LIMIT", 0)

    def epochs(seed, number=2):
        dataset = data.from_folder(folder, labels=True, batch_size=5, seed=seed)
        assert dataset.element_spec[0].shape == (5, 12, 10, 3)
        return [
            [
                (int(round(float(image[0, 0, 0]) * 255)), int(label))
                for images, labels in dataset
                for image, label in zip(images, labels)
            ]
            for _ in range(number)
        ]

    first, second = epochs(0)
    assert sorted(first) == [(5 * i, int(i >= 10)) for i in range(20)]
    assert first != second
    assert sorted(first) == sorted(second)
    assert epochs(0) == [first, second]
    assert epochs(1)[0] != first
    # Files are sorted by class; batches are not.
    assert {label for _, label in first[:10]} == {0, 1}
    assert labelled(folder) == EXPECTED


def test_a_broken_file_of_a_stream_is_named(folder, monkeypatch):
    monkeypatch.setattr(streams, "MEMORY_LIMIT", 0)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    whole = folder / "dogs" / "half.jpg"
    Image.fromarray(noise).save(whole, quality=95)
    whole.write_bytes(whole.read_bytes()[:2000])
    dataset = data.from_folder(folder, image_size=8, batch_size=7)
    with pytest.raises(tf.errors.InvalidArgumentError, match="half.jpg"):
        list(dataset)
    model = kerasgen.VAE((8, 8, 3), latent_dim=2, network="mlp", seed=0)
    model.compile()
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match="^Every.*half.jpg.*replace it.$"):
            method(dataset, verbose=0)


def test_other_errors_of_tensorflow_stay_as_they_are():
    with pytest.raises(tf.errors.InvalidArgumentError, match="no image"):
        with streams.errors_of_files():
            raise tf.errors.InvalidArgumentError(None, None, "no image")


def test_pipes_are_left_out(folder):
    os.mkfifo(folder / "cats" / "pipe.png")
    with pytest.warns(data.LeftOutWarning, match="1 neither file nor folder"):
        images, _ = data.load_arrays(str(folder))
    assert len(images)
