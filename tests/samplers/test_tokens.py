"""Draws of tokens: by hand, and by their statistics."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen import samplers

SHARES = np.array([0.1, 0.4, 0.2, 0.3])
NUMBER = 20_000


def drawn(temperature=1.0, top_k=4, top_p=1.0):
    uniforms = (np.arange(NUMBER) + 0.5) / NUMBER
    return samplers.draw_token(
        tf.constant(np.tile(np.log(SHARES), (NUMBER, 1)), tf.float32),
        tf.constant(uniforms, tf.float32),
        tf.fill([NUMBER], temperature),
        tf.fill([NUMBER], top_k),
        tf.fill([NUMBER], top_p),
    ).numpy()


@pytest.mark.parametrize(
    ("settings", "weights"),
    [
        ({}, SHARES),
        ({"temperature": 0.5}, SHARES**2),
        ({"temperature": 2.0}, SHARES**0.5),
        ({"temperature": 0.0}, [0, 1, 0, 0]),
        ({"top_k": 2}, [0, 0.4, 0, 0.3]),
        ({"top_k": 1}, [0, 1, 0, 0]),
        # 0.4 is not enough, 0.4 + 0.3 is.
        ({"top_p": 0.6}, [0, 0.4, 0, 0.3]),
        ({"top_p": 0.75}, [0, 0.4, 0.2, 0.3]),
        ({"top_p": 0.01}, [0, 1, 0, 0]),
        ({"top_p": 0.75, "top_k": 2, "temperature": 0.5}, [0, 0.16, 0, 0.09]),
    ],
)
def test_shares(settings, weights):
    found = np.bincount(drawn(**settings), minlength=4) / NUMBER
    np.testing.assert_allclose(found, weights / np.sum(weights), atol=1e-3)


def test_rows_have_settings_of_their_own():
    logits = tf.constant(np.tile(np.log(SHARES), (3, 1)), tf.float32)
    found = samplers.draw_token(
        logits,
        tf.constant([0.999, 0.999, 0.999]),
        tf.constant([1.0, 0.0, 1.0]),
        tf.constant([4, 4, 2]),
        tf.constant([1.0, 1.0, 1.0]),
    )
    assert found.numpy().tolist() == [0, 1, 3]
