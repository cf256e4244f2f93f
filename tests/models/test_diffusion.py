"""The contract for Diffusion, and what only it does."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract
from tests.models.test_flow_matching import DENSE
from tests.models.test_flow_matching import SMALLEST
from tests.models.test_flow_matching import constant_backbone

KINDS = [
    *itertools.product(["cosine", "linear"], ["noise", "image", "velocity"]),
    ("edm", "image"),
]
of_each_kind = pytest.mark.parametrize(("schedule", "prediction"), KINDS)


class TestDiffusionContract(ModelContract):
    model_class = kerasgen.Diffusion
    arguments = {"network_options": SMALLEST, "num_steps": 3}
    config_arguments = {
        "num_classes": 10,
        "network": "mlp",
        "network_options": {"hidden_units": [16]},
        "class_dropout": 0.2,
        "ema_momentum": 0.9,
        "sampler": "ddim",
        "num_steps": 4,
        "guidance": 2.0,
        "guide": "early",
        "early_steps": 7,
        "schedule": "linear",
        "prediction": "noise",
        "weighting": "min_snr",
    }
    metric_names = {"loss"}
    replica_rate = 0.01


class TestEDM(TrainingContract):
    model_class = kerasgen.Diffusion
    arguments = {
        **DENSE,
        "num_steps": 3,
        "schedule": "edm",
        "sampler": "heun",
    }
    metric_names = {"loss"}
    replica_rate = 0.001


def target(prediction, x, e, alpha, sigma):
    return {"noise": e, "image": x, "velocity": alpha * e - sigma * x}[
        prediction
    ]


@of_each_kind
def test_a_right_prediction_says_data_and_noise(schedule, prediction):
    model = kerasgen.Diffusion(
        (2,), schedule=schedule, prediction=prediction, seed=0
    )
    x = np.array([[0.3, -1.0], [2.0, 0.5]], "float32")
    e = np.array([[1.5, 0.2], [-0.7, 0.1]], "float32")
    t = np.array([0.2, 0.7], "float32")
    alpha, sigma = (f(t)[:, None] for f in (model.path.alpha, model.path.sigma))
    predicted = target(prediction, x, e, alpha, sigma)
    found = model.data_and_noise(alpha * x + sigma * e, predicted, t)
    np.testing.assert_allclose(found[0], x, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[1], e, rtol=1e-4, atol=1e-5)


@of_each_kind
@pytest.mark.parametrize("weighting", ["uniform", "min_snr", "edm"])
def test_weights_by_hand(schedule, prediction, weighting):
    """An error d of what is predicted is one of the data times a factor."""
    model = kerasgen.Diffusion(
        (2,),
        schedule=schedule,
        prediction=prediction,
        weighting=weighting,
        seed=0,
    )
    t = np.array([0.05, 0.3, 0.9], "float32")
    alpha, sigma = model.path.alpha(t), model.path.sigma(t)
    snr = (alpha / sigma) ** 2
    of_data = {
        "min_snr": np.minimum(snr, 5.0),
        "edm": (1 / snr + 0.25) / (1 / snr * 0.25),
    }
    # The data where the prediction is off by d, at a point of the path.
    x, d = np.zeros((3, 2), "float32"), 0.01
    right, off = (
        np.array(model.data_and_noise(x, np.full_like(x, value), t)[0])[:, 0]
        for value in (0.0, d)
    )
    factor = ((off - right) / d) ** 2
    expected = 1.0 if weighting == "uniform" else of_data[weighting] * factor
    np.testing.assert_allclose(
        model.weight(tf.constant(t)), expected * np.ones(3), rtol=2e-3
    )


def test_preconditioning_by_hand():
    """Table 1 of Karras et al.: with outputs of F that are known."""
    model = kerasgen.Diffusion(
        (2,), schedule="edm", backbone=constant_backbone(), seed=0
    )
    x, sigma = np.ones((2, 2), "float32"), np.array([0.5, 3.0], "float32")
    found = model.predicted(tf.constant(x), tf.constant(sigma), None)
    skip = 0.25 / (sigma**2 + 0.25)
    out = sigma * 0.5 / np.sqrt(sigma**2 + 0.25)
    expected = skip + out * np.log(sigma) / 4
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-5)


def test_loss_by_hand():
    """Of a network that gives t, which is uniform up to where noise is all."""
    model = kerasgen.Diffusion(
        (2,), prediction="noise", backbone=constant_backbone(), seed=0
    )
    model.compile()
    rows = np.full((20_000, 2), 3.0, "float32")
    found = model.evaluate(rows, batch_size=5_000, verbose=0)
    # E (t - e)^2, whatever the data.
    assert found == pytest.approx(0.9946**2 / 3 + 1, rel=0.02)


def test_edm_predicts_images_alone():
    with pytest.raises(ValueError, match="prediction='noise'"):
        kerasgen.Diffusion((2,), schedule="edm", prediction="noise")


# What is predicted decides how errors grow: those of the noise where there is
# nothing else, those of images where there is hardly any.
LEARNING = {
    "velocity": {"atol": 0.07, "rtol": 0.2, "num_steps": 20},
    "image": {"atol": 0.1, "rtol": 0.4, "num_steps": 20},
    "noise": {"atol": 0.15, "rtol": 0.3, "num_steps": 100},
}


@of_each_kind
def test_learns_a_gaussian(schedule, prediction):
    rows = np.random.default_rng(0).normal(size=(3000, 2))
    rows = np.float32(rows * [0.5, 0.3] + [0.5, -0.3])
    known = LEARNING[prediction]
    model = kerasgen.Diffusion(
        (2,),
        schedule=schedule,
        prediction=prediction,
        weighting="min_snr" if prediction == "image" else None,
        num_steps=known["num_steps"],
        seed=0,
    )
    model.compile()
    model.fit(rows, batch_size=200, epochs=40, verbose=0)
    drawn = model.generate(1500, seed=1)
    np.testing.assert_allclose(
        drawn.mean(axis=0), [0.5, -0.3], atol=known["atol"]
    )
    np.testing.assert_allclose(
        drawn.std(axis=0), [0.5, 0.3], rtol=known["rtol"]
    )
    if schedule == "edm" or prediction != "image":
        again = model.decode(model.encode(rows[:20]))
        np.testing.assert_allclose(again, rows[:20], atol=0.15)
