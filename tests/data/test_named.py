import os
import pathlib
import socket

import numpy as np
import pytest

from kerasgen import data

MNIST = pathlib.Path(os.environ.get("TFDS_DATA_DIR", "/nowhere")) / "mnist"
needs_mnist = pytest.mark.skipif(
    not MNIST.is_dir(), reason="TFDS_DATA_DIR holds no MNIST"
)


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    train, train_labels = data.load_arrays("digits", "train")
    test, test_labels = data.load_arrays("digits", "test")
    assert train.shape == (1437, 8, 8, 1)
    assert test.shape == (360, 8, 8, 1)
    assert train.dtype == np.float32
    # Together they are all of them, with their labels.
    original = load_digits()
    everything = {
        (*image.ravel(), label)
        for image, label in zip(original.images / 16, original.target)
    }
    found = {
        (*image.astype(float).ravel(), label)
        for image, label in zip(
            np.concatenate([train, test]),
            np.concatenate([train_labels, test_labels]),
        )
    }
    assert found == everything
    assert np.bincount(test_labels).min() >= 34  # Of 36 a class.


def test_load_digits():
    dataset = data.load("digits", batch_size=100, labels=True, seed=0)
    assert len(dataset) == 14
    images, labels = next(iter(dataset))
    assert images.shape == (100, 8, 8, 1)
    assert 0 <= float(np.min(images)) < 0.1
    assert 0.9 < float(np.max(images)) <= 1
    assert set(labels.numpy()) <= set(range(10))


def test_class_names():
    digits = [str(digit) for digit in range(10)]
    assert data.class_names("digits") == digits
    assert data.load("digits", labels=True).class_names == digits
    assert data.load("digits").class_names == digits


@needs_mnist
def test_class_names_of_tensorflow_datasets():
    digits = [str(digit) for digit in range(10)]
    assert data.class_names("mnist") == digits
    some = data.load("mnist", "train[:100]", labels=True, batch_size=10)
    assert some.class_names == digits


def test_images_are_resized():
    dataset = data.load("digits", batch_size=10, image_size=12)
    assert dataset.element_spec.shape == (10, 12, 12, 1)
    images, _ = data.load_arrays("digits", "test", image_size=(16, 12))
    small, _ = data.load_arrays("digits", "test")
    assert images.shape == (360, 16, 12, 1)
    assert images.min() >= 0
    assert images.max() <= 1
    np.testing.assert_allclose(images.mean(), small.mean(), rtol=0.02)


def test_unknown_name_names_the_known():
    with pytest.raises(
        ValueError, match="'digits', 'shapes', 'mnist'.*mean 'mnist'"
    ):
        data.load("minst")


def test_unknown_split_names_the_known():
    with pytest.raises(ValueError, match="'train', 'test'.*'validation'"):
        data.load("digits", split="validation")


def test_missing_data_offline_is_one_clear_error(tmp_path, monkeypatch):
    def no_network(*_):
        raise socket.gaierror("no network")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    with pytest.raises(RuntimeError, match="digits") as raised:
        data.load("mnist")
    assert str(tmp_path) in str(raised.value)
    assert not data.is_here("mnist")


@needs_mnist
def test_mnist():
    dataset = data.load("mnist", batch_size=128, labels=True, seed=0)
    assert len(dataset) == 468
    assert dataset.element_spec[0].shape == (128, 28, 28, 1)
    images, labels = data.load_arrays("mnist", "test")
    assert images.shape == (10000, 28, 28, 1)
    assert (images.min(), images.max()) == (0, 1)
    # The mean of MNIST's test images, and its counts of classes.
    assert abs(images.mean() - 0.1325) < 0.0005
    expected = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(labels).tolist() == expected
    assert data.num_classes("mnist") == 10
    assert data.is_here("mnist")
    assert data.splits("mnist") == ["test", "train"] or data.splits(
        "mnist"
    ) == ["train", "test"]


@needs_mnist
def test_parts_of_a_split():
    images, _ = data.load_arrays("mnist", "train[:100]", image_size=14)
    assert images.shape == (100, 14, 14, 1)
    with pytest.raises(ValueError, match="train.*'nothing'"):
        data.load("mnist", split="nothing")


@needs_mnist
def test_too_large_for_memory_is_streamed(monkeypatch):
    from kerasgen.data import streams
    from kerasgen.data.batch_source import counters_of
    from kerasgen.data.epochs import SetEpoch

    expected, _ = data.load_arrays("mnist", "test[:300]")
    monkeypatch.setattr(streams, "MEMORY_LIMIT", 0)
    options = {"split": "test[:300]", "batch_size": 50, "seed": 0}
    dataset = data.load("mnist", labels=True, **options)
    assert len(dataset) == 6
    epochs = []
    for epoch in (0, 1, 0):
        SetEpoch(counters_of(dataset)).on_epoch_begin(epoch)
        epochs.append(np.concatenate([images for images, _ in dataset]))
    np.testing.assert_array_equal(epochs[0], epochs[2])
    assert not np.array_equal(epochs[0], epochs[1])
    for images in epochs:
        np.testing.assert_allclose(
            np.sort(images.sum(axis=(1, 2, 3))),
            np.sort(expected.sum(axis=(1, 2, 3))),
            rtol=1e-5,
        )


def test_images_of_unequal_size_need_one(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    for function in (data.load, data.load_arrays):
        with pytest.raises(ValueError, match="image_size.*unequal"):
            function("oxford_flowers102")


def test_names_have_parts(tmp_path, monkeypatch):
    def no_network(*_):
        raise socket.gaierror("no network")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("urllib.request.getproxies", dict)
    with pytest.raises(RuntimeError, match="emnist.*not in"):
        data.load("emnist/letters")


def test_data_that_were_not_finished_are_not_here(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    (tmp_path / "mnist" / "3.0.1.incomplete").mkdir(parents=True)
    assert not data.is_here("mnist")
