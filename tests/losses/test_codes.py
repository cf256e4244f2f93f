import numpy as np
import pytest
import tensorflow as tf

from kerasgen import losses


@pytest.fixture
def grids():
    """Encoder outputs and codes of two images, on a grid of one by two."""
    encoded = [[[[1.0, 2.0], [0.0, 0.0]]], [[[1.0, 1.0], [2.0, 2.0]]]]
    codes = [[[[0.0, 0.0], [3.0, 4.0]]], [[[1.0, 1.0], [2.0, 3.0]]]]
    return tf.constant(encoded), tf.constant(codes)


def test_terms_by_hand(grids):
    for loss in (losses.codebook_loss, losses.commitment_loss):
        # Means over the grid of squared distances 5, 25 and 0, 1.
        np.testing.assert_allclose(loss(*grids), [15.0, 0.5], rtol=1e-6)


@pytest.mark.parametrize(
    ("loss", "moved", "kept"),
    [(losses.codebook_loss, 1, 0), (losses.commitment_loss, 0, 1)],
)
def test_each_term_moves_one_side(grids, loss, moved, kept):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(grids)
        value = tf.reduce_sum(loss(*grids))
    assert tape.gradient(value, grids[kept]) is None
    # d/da of (a - b)^2 / 2, as two places are averaged.
    expected = grids[moved] - grids[kept]
    np.testing.assert_allclose(tape.gradient(value, grids[moved]), expected)


def test_code_log_likelihood_by_hand():
    logits = np.log([[[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]]).astype("float32")
    found = losses.code_log_likelihood(tf.constant([[1, 2]]), logits + 3.0)
    np.testing.assert_allclose(found, [np.log(0.25 * 0.7)], rtol=1e-6)
