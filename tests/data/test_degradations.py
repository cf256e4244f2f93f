"""Images made worse: what is left of them, and when it is drawn anew."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen import data
from kerasgen.data.batch_source import counters_of
from kerasgen.data.epochs import SetEpoch
from kerasgen.metrics import peak_signal_to_noise_ratio

COLORED = np.random.default_rng(0).random((30, 16, 12, 3), "float32")


def pairs(degrade, amount=None, epoch=0, **options):
    options = {"target": COLORED, "batch_size": 15, "seed": 3, **options}
    dataset = data.load_pairs(degrade=degrade, degrade_amount=amount, **options)
    SetEpoch(counters_of(dataset)).on_epoch_begin(epoch)
    columns = zip(*dataset.as_numpy_iterator())
    return tuple(np.concatenate(column) for column in columns)


def test_noise():
    middle = np.full((30, 16, 12, 3), 0.5, "float32")
    source, target = pairs("noise", 0.1, target=middle)
    difference = source - target
    error = 1 / np.sqrt(difference.size)
    assert abs(difference.mean()) < 4 * 0.1 * error
    assert difference.std() == pytest.approx(0.1, rel=4 * error)
    # Anew in each epoch, and a function of seed and epoch.
    again, _ = pairs("noise", 0.1, target=middle)
    np.testing.assert_array_equal(again, source)
    for other in ({"epoch": 1}, {"seed": 4}):
        assert not np.any(
            pairs("noise", 0.1, target=middle, **other)[0] == source
        )
    assert len(np.unique(source.reshape(30, -1), axis=0)) == 30
    # That of an evaluation is the same each time.
    one, _ = pairs("noise", target=middle, shuffle=False)
    np.testing.assert_array_equal(
        one, pairs("noise", target=middle, shuffle=False, epoch=5)[0]
    )


def test_grey():
    source, target = pairs("grey")
    expected = target @ np.array([0.2989, 0.587, 0.114], "float32")
    np.testing.assert_allclose(source[..., 0], expected, atol=1e-5)
    assert source.shape == (30, 16, 12, 1)


def test_downscale():
    source, target = pairs("downscale", 4)
    assert source.shape == target.shape
    small = target.reshape(30, 4, 4, 3, 4, 3).mean(axis=(2, 4))
    expected = tf.image.resize(small, (16, 12), "bicubic")
    np.testing.assert_allclose(source, np.clip(expected, 0, 1), atol=1e-5)
    smooth = np.full((4, 16, 16, 1), 0.25, "float32")
    source, target = pairs("downscale", target=smooth, batch_size=4)
    assert peak_signal_to_noise_ratio(source, target).min() > 100


def test_mask():
    source, target = pairs("mask", 0.25)
    is_hole = (source != target).any(axis=-1)
    assert (source[is_hole] == 0.5).all()
    # Four rows of three pixels, in one piece.
    assert (is_hole.sum(axis=(1, 2)) == 12).all()
    assert (is_hole.any(axis=2).sum(axis=1) == 4).all()
    assert (is_hole.any(axis=1).sum(axis=1) == 3).all()
    tops = is_hole.any(axis=2).argmax(axis=1)
    lefts = is_hole.any(axis=1).argmax(axis=1)
    # Of thirteen rows and ten columns.
    assert 0 <= tops.min() <= 2 and 10 <= tops.max() <= 12
    assert 0 <= lefts.min() <= 2 and 7 <= lefts.max() <= 9


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"degrade": "blur"}, "noise.*grey.*downscale.*mask"),
        ({"degrade": "grey", "degrade_amount": 1.0}, "left out for degrade"),
        ({"degrade": "grey", "target": COLORED[..., :1]}, "no colour"),
        ({"degrade": "downscale", "degrade_amount": 5}, "divide the sides"),
        ({"degrade": "downscale", "degrade_amount": 1}, "above 1"),
        ({"degrade": "noise", "degrade_amount": -1.0}, "degrade_amount"),
        ({"degrade": "mask", "degrade_amount": 2.0}, "degrade_amount"),
        ({"degrade": "downscale", "degrade_amount": "2"}, "finite number"),
        ({"degrade": "noise", "degrade_amount": np.inf}, "finite number"),
        ({"degrade": "mask", "degrade_amount": True}, "finite number"),
        ({"degrade": "mask", "source": COLORED}, "`source` must be left out"),
        ({"degrade": "mask", "target": None}, "`target` must be given"),
        ({"degrade_amount": 1.0}, "without `degrade`"),
        ({}, "`source` must be given"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(ValueError, match=words):
        data.load_pairs(**{"target": COLORED, **options})
