import numpy as np
import pytest
import tensorflow as tf

from kerasgen.engine.global_batch import GlobalBatch
from kerasgen.layers import CodeDensity


def fitted(batches, momentum=0.9):
    """A density that has seen batches of codes, each in a step."""
    density = CodeDensity(batches[0].shape[1], momentum=momentum)
    for codes in batches:
        codes = tf.constant(codes, tf.float32)
        density.update(
            codes, GlobalBatch({"rows": codes}, seed=0, family=1, step=0)
        )
    return density


def correlated_codes(number):
    """Far from 0, of unequal variances, and correlated."""
    random = np.random.default_rng(number)
    codes = random.normal(size=(number, 3)) @ [
        [2, 1, 0],
        [0, 0.1, 0],
        [0, 0, 9],
    ]
    return codes + [100, -3, 0]


def noise(number, length):
    return np.random.default_rng(0).normal(size=(number, length))


def test_moments_are_weighted_by_age():
    batches = [correlated_codes(number) for number in (20, 7, 1, 30)]
    density = fitted(batches)
    weights = np.repeat([0.9**3, 0.9**2, 0.9, 1], [20, 7, 1, 30])
    codes = np.concatenate(batches)
    mean = np.average(codes, axis=0, weights=weights)
    covariance = np.cov(codes.T, aweights=weights, ddof=0)
    np.testing.assert_allclose(density.mean, mean, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(density.covariance, covariance, 1e-4, 1e-4)
    np.testing.assert_allclose(density.count, weights.sum(), rtol=1e-6)


def test_samples_have_the_moments():
    density = fitted([correlated_codes(500)])
    codes = density.sample(noise(100_000, 3)).numpy()
    deviation = np.sqrt(np.diag(density.covariance))
    standardized = (codes - density.mean) / deviation
    # Five standard errors of a mean and of a correlation.
    assert np.abs(standardized.mean(axis=0)).max() < 5 / np.sqrt(100_000)
    expected = density.covariance / np.outer(deviation, deviation)
    found = np.cov(standardized.T)
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.025)


def test_a_new_one_is_a_standard_normal():
    values = noise(5, 3)
    codes = CodeDensity(3).sample(values)
    np.testing.assert_allclose(codes, values, rtol=1e-6, atol=1e-6)


def test_singular_covariances():
    """One image, equal images, codes that repeat or never change."""
    wide = correlated_codes(200)
    constant = np.full((200, 1), 1e4)
    repeated = np.concatenate([wide, wide * 1e-3, constant], axis=1)
    for codes in (wide[:1], wide[:1].repeat(50, axis=0), wide[:2], repeated):
        density = fitted([codes] * 5)
        drawn = density.sample(noise(1000, codes.shape[1])).numpy()
        assert np.isfinite(drawn).all()
        # But for the rounding of codes far from 0.
        excess = np.abs(drawn.std(axis=0) - codes.std(axis=0))
        allowed = 0.1 * codes.std(axis=0) + 2e-5 * np.abs(codes.mean(axis=0))
        assert (excess < allowed).all()
    assert (drawn[:, 6] == 1e4).all()
    np.testing.assert_allclose(
        drawn[:, 3:6] * 1e3, drawn[:, :3], rtol=0, atol=1
    )


def test_what_is_not_finite_is_left_out():
    codes = correlated_codes(20)
    spoiled = np.concatenate([codes, codes[:3] * np.nan, codes[:1] + np.inf])
    first, second = fitted([codes, codes]), fitted([codes, spoiled])
    for one, other in zip(first.weights, second.weights):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    nothing = fitted([codes * np.nan])
    np.testing.assert_array_equal(nothing.covariance, np.eye(3))


@pytest.mark.parametrize("length", [4, 64])
def test_same_samples_compiled_by_xla(length):
    # Fewer codes than dimensions: the covariance is singular.
    density = fitted([noise(48, length)] * 3)
    values = tf.constant(noise(20, length), tf.float32)
    compiled = tf.function(density.sample, jit_compile=True)
    np.testing.assert_allclose(
        density.sample(values), compiled(values), rtol=0, atol=1e-4
    )


def test_config_round_trip():
    density = CodeDensity(3, momentum=0.5, name="it")
    config = density.get_config()
    assert config["code_length"] == 3
    assert config["momentum"] == 0.5
    assert CodeDensity.from_config(config).get_config() == config
