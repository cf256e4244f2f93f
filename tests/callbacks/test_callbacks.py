import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kerasgen
from kerasgen.callbacks import SampleGrid


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


@pytest.mark.parametrize("bad", [{"every": 0}, {"num_samples": 0}])
def test_bad_arguments_are_refused(tmp_path, bad):
    with pytest.raises(ValueError, match="=0"):
        SampleGrid(tmp_path, **bad)
