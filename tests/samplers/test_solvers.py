"""Samplers against the exact flow of a Gaussian and of a mixture."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kerasgen import samplers
from tests.samplers import gaussians
from tests.samplers.each_path import of_each_path

MEAN, DEVIATION = 0.7, 0.4
ORDERS = {"euler": 1, "heun": 2, "ddim": 1, "dpm_solver": 2}


def error(name, path, num_steps, start, end):
    """The largest distance from the exact flow, in float32."""
    x = np.linspace(-2, 2, 9)
    x = path.sigma(start) * x + path.alpha(start) * MEAN
    found = samplers.SAMPLERS[name](
        gaussians.denoiser_of_a_gaussian(path, MEAN, DEVIATION),
        path,
        tf.constant(x, tf.float32),
        path.times(num_steps, start, end),
    )
    exact = gaussians.carried(path, x, start, end, MEAN, DEVIATION)
    return np.abs(found.numpy() - exact).max()


@pytest.mark.parametrize("name", ORDERS)
@of_each_path
def test_order_of_convergence(name, path):
    """Twice the steps, and the error is a half or a quarter."""
    # Where the path is smooth, and the error above that of float32.
    start, end = path.times(10)[[1, -3]]
    errors = [error(name, path, n, start, end) for n in (24, 48)]
    order = np.log2(errors[0] / errors[1])
    # Errors of several orders may cancel in part.
    assert -0.35 < order - ORDERS[name] < 0.9


@pytest.mark.parametrize("name", ORDERS)
@of_each_path
def test_whole_paths_end_at_the_data(name, path):
    found = error(name, path, 64, path.noise_time, path.data_time)
    assert found < (0.1 if ORDERS[name] == 1 else 0.02)


@pytest.mark.parametrize("name", ["heun", "dpm_solver"])
@of_each_path
def test_samples_are_of_the_mixture(name, path):
    noise = np.random.default_rng(0).normal(size=(4000, 2))
    found = samplers.SAMPLERS[name](
        gaussians.denoiser_of_the_mixture(path),
        path,
        tf.constant(path.sigma(path.noise_time) * noise, tf.float32),
        path.times(48),
    ).numpy()
    # Along any direction the mixture is one of normals.
    for direction in (np.array([1.0, 0.0]), np.array([0.6, -0.8])):
        means = gaussians.MEANS @ direction

        def cdf(x):
            parts = stats.norm.cdf(x[:, None], means, gaussians.DEVIATIONS)
            return parts @ gaussians.WEIGHTS

        assert stats.kstest(found @ direction, cdf).statistic < 0.03


@pytest.mark.parametrize("name", ORDERS)
def test_evaluations_are_counted(name):
    path, calls = samplers.LinearPath(), []

    def denoise(x, t):
        tf.py_function(lambda: calls.append(1), [], [])
        return x, x

    x = tf.zeros((1, 2))
    samplers.SAMPLERS[name](denoise, path, x, path.times(5))
    assert len(calls) == samplers.num_evaluations(name, 5)


@pytest.mark.parametrize("name", ORDERS)
def test_one_step_from_noise_is_the_mean(name):
    path = samplers.LinearPath()
    found = samplers.SAMPLERS[name](
        gaussians.denoiser_of_a_gaussian(path, MEAN, DEVIATION),
        path,
        tf.constant([-1.0, 0.5, 2.0]),
        path.times(1),
    )
    np.testing.assert_allclose(found, [MEAN] * 3, rtol=1e-6)


def test_graph_is_as_eager():
    path = samplers.LinearPath()
    denoise = gaussians.denoiser_of_the_mixture(path)
    x = tf.constant(np.random.default_rng(0).normal(size=(8, 2)), tf.float32)
    for sampler in samplers.SAMPLERS.values():
        eager = sampler(denoise, path, x, path.times(6))
        graph = tf.function(lambda x: sampler(denoise, path, x, path.times(6)))
        np.testing.assert_allclose(graph(x), eager, atol=1e-6)


@pytest.mark.parametrize("guidance, evaluated", [(1, 4), (0, 4), (2.5, 8)])
def test_guidance_by_hand(guidance, evaluated):
    sizes = []

    def predict(x, t, labels):
        sizes.append(len(x))
        return x * tf.cast(labels, tf.float32)[:, None] + t[:, None]

    x, labels = tf.ones((4, 2)), tf.constant([0, 1, 2, 1])
    found = samplers.guided(predict, x, tf.ones(4), labels, 3, guidance)
    expected = 1 + 3 + guidance * (labels.numpy() - 3.0)
    np.testing.assert_allclose(found, np.repeat(expected[:, None], 2, 1))
    assert sizes == [evaluated]


@pytest.mark.parametrize("guidance, evaluated", [(1, 1), (0, 1), (2.5, 2)])
def test_autoguidance_by_hand(guidance, evaluated):
    calls = []

    def predict_by(factor):
        def predict(x, t, labels):
            calls.append(factor)
            return factor * x + t[:, None]

        return predict

    found = samplers.autoguided(
        predict_by(3.0),
        predict_by(1.0),
        tf.fill((4, 2), 2.0),
        tf.ones(4),
        None,
        guidance,
    )
    np.testing.assert_allclose(found, np.full((4, 2), 3.0 + 4.0 * guidance))
    assert len(calls) == evaluated
