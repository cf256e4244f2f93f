"""What is traced, and what TensorFlow says of it."""

import numpy as np
import tensorflow as tf

import kerasgen
from kerasgen import tasks
from kerasgen.utils.tracing import traced


def test_shapes_share_a_trace():
    shapes = []

    @traced
    def double(rows):
        shapes.append(rows.shape)
        return 2 * rows

    for number in range(1, 6):
        rows = np.arange(number, dtype="float32")
        np.testing.assert_array_equal(double(tf.constant(rows)), 2 * rows)
    assert len(shapes) == 2
    assert shapes[1].as_list() == [None]


def test_many_models_are_not_taken_for_one_traced_often(digits, caplog):
    for seed in range(8):
        model = kerasgen.VAE((8, 8, 1), 2, network="mlp", seed=seed)
        model.generate(2)
        model.encode(digits[:2])
        tasks.dream(
            model, digits[0], num_samples=1, num_steps=1, seed=0,
            progress=lambda *_: None,
        )  # fmt: skip
    assert "retracing" not in caplog.text
