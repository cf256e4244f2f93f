import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kerasgen
from kerasgen.callbacks import SampleGrid
from kerasgen.callbacks import TranslationGrid
from kerasgen.callbacks.sample_grid import remove_grids_after
from kerasgen.callbacks.translation_grid import translations
from tests.models import probes


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


def test_translation_grids(model, digits, tmp_path):
    """Of pairs: images, translations and what they should be, in rows."""
    large = digits.repeat(2, axis=1).repeat(2, axis=2)
    translator = kerasgen.Pix2Pix(
        (16, 16, 1), (16, 16, 1), network_options={"filters": 2}, seed=0
    )
    translator.compile(run_eagerly=True)
    grids = TranslationGrid(tmp_path / "grids", large[:20], 1 - large[:20])
    translator.fit(large[:16], 1 - large[:16], callbacks=[grids], verbose=0)
    assert names(tmp_path / "grids") == ["epoch_0001.png"]
    groups = translations(translator, large[:20], "target")
    assert len(groups) == 2
    np.testing.assert_array_equal(groups[1], translator.translate(large[:20]))
    width, height = Image.open(tmp_path / "grids" / "epoch_0001.png").size
    # Sixteen in a row; three rows for those, and three for the other four.
    assert height / width == pytest.approx(6 / 16, rel=0.02)
    with pytest.raises(ValueError, match="between two domains.*VAE"):
        model.fit(digits, callbacks=[grids], verbose=0)


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


def test_samples_of_rows_are_tables(tmp_path):
    model = kerasgen.VAE((3,), 2, network_options={"hidden_units": [4]}, seed=0)
    model.compile()
    rows = np.random.default_rng(0).normal(size=(8, 3))
    grids = SampleGrid(
        tmp_path / "samples",
        num_samples=5,
        seed=4,
        log_dir=tmp_path / "logs",
        animation=True,
    )
    model.fit(rows, epochs=2, callbacks=[grids], verbose=0)
    assert names(tmp_path / "samples") == ["epoch_0001.csv", "epoch_0002.csv"]
    found = np.loadtxt(tmp_path / "samples" / "epoch_0002.csv", delimiter=",")
    np.testing.assert_allclose(found, model.generate(5, seed=4), rtol=1e-4)
    (events,) = (tmp_path / "logs").iterdir()
    texts = [
        value.tensor.string_val[0].decode()
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    ]
    assert len(texts) == 2 and texts[0].count("\n") == 5
    remove_grids_after(tmp_path / "samples", 1)
    assert names(tmp_path / "samples") == ["epoch_0001.csv"]


def test_samples_of_tokens_are_lines(tmp_path):
    model = probes.NextToken(6, 5, seed=0)
    model.compile()
    tokens = np.random.default_rng(0).integers(5, size=(8, 6))
    grids = SampleGrid(tmp_path, num_samples=4, seed=4)
    model.fit(tokens, callbacks=[grids], verbose=0)
    found = np.loadtxt(tmp_path / "epoch_0001.txt", dtype=int)
    np.testing.assert_array_equal(found, model.generate(4, seed=4))


def test_a_model_that_draws_nothing_is_refused(tmp_path):
    model = probes.Translator((4, 4, 1), (4, 4, 3), seed=0)
    model.compile()
    with pytest.raises(ValueError, match="draws samples. Received: Translator"):
        model.fit(
            np.zeros((2, 4, 4, 1)),
            np.zeros((2, 4, 4, 3)),
            callbacks=[SampleGrid(tmp_path)],
            verbose=0,
        )
