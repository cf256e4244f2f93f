"""The history of a run has each epoch once, whatever was killed."""

import csv
import os
import shutil

import keras
import pytest

import kerasgen
from kerasgen.callbacks import HistoryFile


@pytest.fixture
def model():
    model = kerasgen.VAE(
        (8, 8, 1), 2, network_options={"hidden_units": [8]}, seed=0
    )
    # Tracing would take longer than all the steps.
    model.compile(run_eagerly=True)
    return model


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "history.csv"


@pytest.fixture(scope="module")
def digits(digits):
    """A batch an epoch, in a data set that is built once."""
    return kerasgen.data.from_arrays(digits[:8], batch_size=8, seed=0)


def epochs(path):
    with open(path, newline="") as stream:
        return [int(row["epoch"]) for row in csv.DictReader(stream)]


def fit(model, digits, path, first, last, **options):
    model.fit(
        digits,
        initial_epoch=first,
        epochs=last,
        callbacks=[HistoryFile(path)],
        verbose=0,
        **options,
    )


def test_rows_are_as_keras_writes_them(model, digits, path, tmp_path):
    theirs = keras.callbacks.CSVLogger(tmp_path / "keras.csv")
    model.fit(
        digits, epochs=2, callbacks=[HistoryFile(path), theirs], verbose=0
    )
    assert path.read_bytes() == (tmp_path / "keras.csv").read_bytes()


def test_what_a_killed_run_left_goes(model, digits, path, monkeypatch):
    def killed(source, target):
        raise OSError("killed")

    fit(model, digits, path, 0, 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(shutil, "rmtree", lambda folder: None)
        with pytest.raises(OSError, match="killed"):
            fit(model, digits, path, 1, 2)
    assert len(list(path.parent.iterdir())) == 2
    fit(model, digits, path, 1, 2)
    assert list(path.parent.iterdir()) == [path]
    assert epochs(path) == [0, 1]


def test_epochs_that_are_trained_again_stand_once(model, digits, path):
    fit(model, digits, path, 0, 12)
    fit(model, digits, path, 10, 13)
    assert epochs(path) == list(range(13))
    fit(model, digits, path, 0, 2)
    assert epochs(path) == [0, 1]


# Of the epoch "11" perhaps no more than "1" is there.
@pytest.mark.parametrize("left", [1, 2, 20, -1])
def test_rows_without_an_end_go(model, digits, path, left):
    fit(model, digits, path, 9, 12)
    *rows, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*rows, last[:left]]))
    fit(model, digits, path, 11, 12)
    assert epochs(path) == [9, 10, 11]
    assert path.read_bytes().splitlines(keepends=True)[:-1] == rows


@pytest.mark.parametrize("content", [b"", b"epo", b"epoch,elbo"])
def test_a_header_without_an_end_is_written_anew(model, digits, path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    fit(model, digits, path, 0, 1)
    assert epochs(path) == [0]


def test_columns_stay_where_an_epoch_lacks_a_value(model, digits, path):
    options = {"validation_data": digits, "validation_freq": 2}
    fit(model, digits, path, 0, 2, **options)
    fit(model, digits, path, 2, 4, **options)
    with open(path, newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        assert None not in row
        assert (row["val_elbo"] == "NA") == (int(row["epoch"]) % 2 == 0)
        assert float(row["elbo"]) < 0


def test_where_nothing_is_trained_nothing_changes(model, digits, path):
    fit(model, digits, path, 0, 2)
    content = path.read_bytes()
    fit(model, digits, path, 2, 2)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "content", [b"epoch,elbo\n0,1\nsix,1\n", b"epoch,elbo\n0\n", bytes(20)]
)
def test_a_damaged_file_is_told_and_not_changed(model, digits, path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ValueError, match="history.csv is damaged"):
        fit(model, digits, path, 1, 2)
    assert path.read_bytes() == content
