import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kerasgen
from kerasgen.callbacks import Checkpoint
from kerasgen.callbacks import SampleGrid
from kerasgen.callbacks import latest_checkpoint


@pytest.fixture
def model():
    model = kerasgen.VAE(
        (8, 8, 1), 2, network_options={"hidden_units": [8]}, seed=0
    )
    model.compile()
    return model


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_sample_grids_come_every_few_epochs(model, digits, tmp_path):
    grids = SampleGrid(tmp_path / "samples", every=2, num_samples=9, seed=4)
    model.fit(digits, epochs=5, callbacks=[grids], verbose=0)
    assert names(tmp_path / "samples") == ["epoch_0002.png", "epoch_0004.png"]
    width, height = Image.open(tmp_path / "samples" / "epoch_0002.png").size
    # Three images of eight pixels and two lines between them, enlarged.
    assert width == height == 26 * 24


def test_sample_grids_as_animation_and_for_tensorboard(model, digits, tmp_path):
    grids = SampleGrid(
        tmp_path / "samples", log_dir=tmp_path / "logs", animation=True
    )
    model.fit(digits, epochs=3, callbacks=[grids], verbose=0)
    with Image.open(tmp_path / "samples" / "training.gif") as animation:
        assert animation.n_frames == 3
        animation.seek(2)
        last = np.asarray(animation.convert("L"), float)
    with Image.open(tmp_path / "samples" / "epoch_0003.png") as grid:
        # GIF holds 256 colours, as many as there are greys.
        assert np.abs(last - np.asarray(grid, float)).max() < 2
    (events,) = (tmp_path / "logs").iterdir()
    found = [
        (event.step, value.tag)
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    ]
    assert found == [(step, "samples") for step in range(3)]


def test_sample_grids_do_not_disturb_training(digits, tmp_path):
    def run(callbacks):
        keras.utils.set_random_seed(0)
        model = kerasgen.VAE((8, 8, 1), 2, seed=0)
        model.compile()
        return model.fit(digits, epochs=3, callbacks=callbacks, verbose=0)

    alone, watched = run([]), run([SampleGrid(tmp_path)])
    assert alone.history == watched.history


def test_checkpoints_keep_the_newest(model, digits, tmp_path):
    checkpoint = Checkpoint(tmp_path, keep=2)
    model.fit(digits, epochs=3, callbacks=[checkpoint], verbose=0)
    assert names(tmp_path) == ["epoch_0002.keras", "epoch_0003.keras"]
    path, epoch = latest_checkpoint(tmp_path)
    assert (path.name, epoch) == ("epoch_0003.keras", 3)
    loaded = keras.saving.load_model(path)
    for a, b in zip(model.weights, loaded.weights):
        np.testing.assert_array_equal(a, b)


def test_checkpoints_come_every_few_epochs_and_at_the_end(
    model, digits, tmp_path
):
    checkpoint = Checkpoint(tmp_path, keep=9, every=2)
    model.fit(digits, epochs=5, callbacks=[checkpoint], verbose=0)
    found = [name.removesuffix(".keras") for name in names(tmp_path)]
    assert found == ["epoch_0000", "epoch_0002", "epoch_0004", "epoch_0005"]


def test_there_is_a_checkpoint_before_the_first_epoch(model, digits, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(digits, callbacks=[Checkpoint(tmp_path), Stop()], verbose=0)
    assert latest_checkpoint(tmp_path) == (tmp_path / "epoch_0000.keras", 0)


def test_a_failed_write_leaves_the_last_checkpoint(
    model, digits, tmp_path, monkeypatch
):
    model.fit(digits, callbacks=[Checkpoint(tmp_path)], verbose=0)

    def write_half(path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(model, "save", write_half)
    with pytest.raises(OSError, match="disk full"):
        model.fit(
            digits,
            initial_epoch=1,
            epochs=2,
            callbacks=[Checkpoint(tmp_path)],
            verbose=0,
        )
    assert names(tmp_path) == ["epoch_0000.keras", "epoch_0001.keras"]
    keras.saving.load_model(tmp_path / "epoch_0001.keras")


def test_no_checkpoint_is_none(tmp_path):
    assert latest_checkpoint(tmp_path / "nowhere") is None
    assert latest_checkpoint(tmp_path) is None


@pytest.mark.parametrize("bad", [{"every": 0}, {"num_samples": 0}])
def test_bad_arguments_are_refused(tmp_path, bad):
    with pytest.raises(ValueError, match="=0"):
        SampleGrid(tmp_path, **bad)


def test_checkpoints_of_another_run_are_not_mixed_in(model, digits, tmp_path):
    model.fit(digits, epochs=2, callbacks=[Checkpoint(tmp_path)], verbose=0)
    with pytest.raises(FileExistsError, match="of 2 epochs"):
        model.fit(digits, epochs=1, callbacks=[Checkpoint(tmp_path)], verbose=0)
    assert names(tmp_path) == ["epoch_0001.keras", "epoch_0002.keras"]
