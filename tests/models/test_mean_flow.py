"""The contract for MeanFlow, and what only it does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract
from tests.models.test_flow_matching import DENSE
from tests.models.test_flow_matching import SMALLEST


class TestMeanFlowContract(ModelContract):
    model_class = kerasgen.MeanFlow
    arguments = {"network_options": SMALLEST}
    config_arguments = {
        "num_classes": 10,
        "network": "mlp",
        "network_options": {"hidden_units": [16]},
        "class_dropout": 0.2,
        "ema_momentum": 0.9,
        "num_steps": 4,
        "guidance": 2.0,
        "share_of_intervals": 0.5,
        "weight_power": 0.5,
    }
    metric_names = {"loss", "velocity_loss"}
    replica_rate = 0.001


class TestGuidedMeanFlow(TrainingContract):
    model_class = kerasgen.MeanFlow
    arguments = {
        **DENSE,
        "num_classes": 10,
        "guidance": 2.0,
        "share_of_intervals": 0.75,
    }
    metric_names = {"loss", "velocity_loss"}
    replica_rate = 0.001


class Known(keras.layers.Layer):
    """`u = z * t + r`, whose derivatives are known."""

    def call(self, inputs):
        z, times = inputs
        t, distance = times[:, :1], times[:, 1:]
        return z * t + (t - distance)


def known_backbone():
    inputs = [keras.Input((2,)), keras.Input((2,))]
    return keras.Model(inputs, Known()(inputs))


def test_change_along_the_line_by_hand():
    """`v . du/dz + du/dt = v t + z`, with r held fast."""
    model = kerasgen.MeanFlow((2,), backbone=known_backbone(), seed=0)
    z, v = np.random.default_rng(0).normal(size=(2, 3, 2)).astype("float32")
    r, t = np.float32([0.1, 0.2, 0.5]), np.float32([0.4, 0.9, 0.5])
    u, change = model._mean_velocity_and_change(
        *map(tf.constant, (z, r, t, v)), None, False
    )
    np.testing.assert_allclose(u, z * t[:, None] + r[:, None], rtol=1e-5)
    np.testing.assert_allclose(change, v * t[:, None] + z, rtol=1e-5)


@pytest.mark.parametrize("num_steps", [1, 2])
def test_samples_by_hand(num_steps):
    model = kerasgen.MeanFlow(
        (2,), backbone=known_backbone(), num_steps=num_steps, seed=0
    )
    z = noise = np.float32([[0.5, -1.0], [2.0, 0.0]])
    for step in range(num_steps):
        t, r = 1 - step / num_steps, 1 - (step + 1) / num_steps
        z = z - (z * t + r) / num_steps
    np.testing.assert_allclose(model.decode(noise), z, rtol=1e-5)
    assert model.num_evaluations == num_steps


def test_guidance_is_trained():
    model = kerasgen.MeanFlow((2,), num_classes=2, seed=0)
    with pytest.raises(ValueError, match="guidance=2.0"):
        model.generate(2, guidance=2.0)
    with pytest.raises(ValueError, match="sampler='heun'"):
        model.generate(2, sampler="heun")


def test_one_step_learns_a_mixture():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 4000)
    centres = np.array([[-1.0, 0.5], [1.0, -0.5]])
    rows = centres[labels] + 0.2 * generator.normal(size=(4000, 2))
    model = kerasgen.MeanFlow((2,), num_classes=2, weight_power=0.0, seed=0)
    model.compile()
    model.fit(
        rows.astype("float32"), labels, batch_size=200, epochs=60, verbose=0
    )
    # Times hardly ever are 1 and 0, between which one step goes.
    bounds = {1: (0.2, 0.02, 0.3), 2: (0.08, 0.05, 0.3), 8: (0.08, 0.1, 0.3)}
    for num_steps, (tolerance, low, high) in bounds.items():
        for label in range(2):
            drawn = model.generate(
                1000, seed=1, labels=label, num_steps=num_steps
            )
            np.testing.assert_allclose(
                drawn.mean(axis=0), centres[label], atol=tolerance
            )
            deviation = drawn.std(axis=0)
            assert np.all((low < deviation) & (deviation < high))


def test_weights_by_hand():
    """Of a network whose error is known, at all times the same."""

    class Off(kerasgen.MeanFlow):
        def _mean_velocity_and_change(self, z, r, t, v, labels, training):
            return v + 2.0, tf.zeros_like(v)

    rows = np.zeros((8, 2), "float32")
    for power in (0.0, 0.5, 1.0):
        model = Off((2,), weight_power=power, seed=0)
        model.compile()
        found = model.evaluate(rows, verbose=0, return_dict=True)
        assert found["velocity_loss"] == pytest.approx(4.0, rel=1e-5)
        expected = 4.0 * 4.001**-power
        assert found["loss"] == pytest.approx(expected, rel=1e-5)
