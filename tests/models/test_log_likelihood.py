"""The importance-weighted bound on log p(x), against what is known exactly."""

import keras
import numpy as np
import pytest
from scipy import stats

import kerasgen

SCALE = 0.5
DATA_DIM, LATENT_DIM = 6, 3


def linear(num_inputs, kernel, bias):
    """A network of one dense layer with given weights."""
    inputs = keras.Input((num_inputs,))
    layer = keras.layers.Dense(len(bias))
    network = keras.Model(inputs, layer(inputs))
    layer.set_weights([kernel, bias])
    return network


def linear_gaussian(shift=0.0, spread=1.0):
    """A VAE whose p(x) is known, and data that it draws.

    `p(x|z) = N(Wz + b, s^2)`. The columns of W are orthogonal, so that the
    posterior is a diagonal Gaussian that the encoder can have exactly; `shift`
    and `spread` (of the standard deviation) lead it away.
    """
    rng = np.random.default_rng(0)
    columns, _ = np.linalg.qr(rng.normal(size=(DATA_DIM, LATENT_DIM)))
    lengths = np.array([0.5, 1.0, 2.0])
    w, b = columns * lengths, rng.normal(size=DATA_DIM)
    variance = 1 / (1 + lengths**2 / SCALE**2)
    to_mean = w * variance / SCALE**2
    kernel = np.concatenate([to_mean, np.zeros_like(to_mean)], axis=1)
    log_variance = np.log(variance) + 2 * np.log(spread)
    bias = np.concatenate([shift - b @ to_mean, log_variance])
    model = kerasgen.VAE(
        (DATA_DIM,),
        LATENT_DIM,
        encoder=linear(DATA_DIM, kernel, bias),
        decoder=linear(LATENT_DIM, w.T, b),
        seed=0,
    )
    model.log_scale.assign(np.log(SCALE))
    marginal = stats.multivariate_normal(
        b, w @ w.T + SCALE**2 * np.eye(DATA_DIM)
    )
    rows = marginal.rvs(20, random_state=1).astype("float32")
    return model, rows, marginal.logpdf(rows)


@pytest.mark.parametrize("num_samples", [1, 7, 250])
def test_exact_where_the_posterior_is(num_samples):
    model, rows, exact = linear_gaussian()
    found = model.log_likelihood(rows, num_samples, seed=3)
    assert found.shape == (20,)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-4)


def test_rises_to_the_exact_value_with_samples():
    model, rows, exact = linear_gaussian(shift=0.15, spread=1.3)
    gaps = []
    for num_samples, seeds in ((1, 300), (10, 100), (1000, 20)):
        found = [
            model.log_likelihood(rows, num_samples, seed=s).mean()
            for s in range(seeds)
        ]
        error = np.std(found) / np.sqrt(seeds)
        gaps.append((exact.mean() - np.mean(found), error))
    for gap, error in gaps:
        assert gap > -4 * error
    for (less, a), (more, b) in zip(gaps, gaps[1:]):
        assert less - more > 4 * (a + b)
    assert gaps[-1][0] < 0.01


def test_one_sample_is_the_elbo():
    model, rows, exact = linear_gaussian(shift=0.15, spread=1.3)
    mean, log_variance = (np.array(a, float) for a in model.posterior(rows))
    # KL(q || p(z|x)), between the encoder's Gaussian and the exact one.
    kl = 0.5 * LATENT_DIM * (1.3**2 - 1 - 2 * np.log(1.3))
    kl += 0.5 * (0.15**2 / (np.exp(log_variance) / 1.3**2)).sum(axis=1)
    found = [model.log_likelihood(rows, 1, seed=s) for s in range(400)]
    error = np.std(found, axis=0) / np.sqrt(400)
    assert (np.abs(np.mean(found, axis=0) - (exact - kl)) < 4.5 * error).all()


def test_noise_is_of_the_seed_the_image_and_the_sample(digits):
    model = kerasgen.VAE((8, 8, 1), 3, binarization="dynamic", seed=0)
    found = model.log_likelihood(digits[:7], 130, seed=1)
    again = model.log_likelihood(digits[:7], 130, seed=1, batch_size=450)
    np.testing.assert_allclose(found, again, rtol=1e-6)
    fewer = model.log_likelihood(digits[:3], 130, seed=1, batch_size=1)
    np.testing.assert_allclose(found[:3], fewer, rtol=1e-6)
    other = model.log_likelihood(digits[:7], 130, seed=2)
    assert (np.abs(found - other) > 1e-3).all()
    same = np.repeat(digits[:1], 7, axis=0)
    assert len(np.unique(model.log_likelihood(same, 130, seed=1))) == 7


def test_sums_no_block_twice_and_leaves_none_out():
    model, rows, _ = linear_gaussian(shift=0.4)
    # Samples of 250 are the first 200 and 50 more.
    sums = {
        k: np.exp(model.log_likelihood(rows, k, seed=0).astype(float)) * k
        for k in (100, 101, 200, 250)
    }
    assert (sums[100] < sums[101]).all()
    assert (sums[101] < sums[200]).all()
    assert (sums[200] < sums[250]).all()
    one = sums[101] - sums[100]
    mean, log_variance = (np.array(a, float) for a in model.posterior(rows))
    assert (one < sums[200] - sums[100]).all()
    assert (one > 0).all()


def test_binarization(digits):
    model = kerasgen.VAE((8, 8, 1), 3, binarization="threshold", seed=0)
    own = model.log_likelihood(digits, 20, seed=0)
    by_hand = (digits >= 0.5).astype("float32")
    zeros_and_ones = model.log_likelihood(
        by_hand, 20, binarization=None, seed=0
    )
    np.testing.assert_allclose(own, zeros_and_ones, rtol=1e-6)
    # Zeros and ones are what they are.
    drawn = model.log_likelihood(by_hand, 20, binarization="dynamic", seed=0)
    np.testing.assert_allclose(own, drawn, rtol=1e-6)
    drawn = model.log_likelihood(digits, 20, binarization="dynamic", seed=0)
    assert not np.allclose(own, drawn, rtol=1e-3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_samples": 0}, "num_samples=0"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"seed": -1}, "seed=-1"),
        ({"binarization": "maybe"}, "'maybe'"),
        ({"labels": 1}, "labels=1"),
        ({"images": np.full((2, 8, 8, 1), 7.0)}, "7"),
    ],
)
def test_bad_arguments_are_refused(digits, options, words):
    model = kerasgen.VAE((8, 8, 1), 3, seed=0)
    with pytest.raises(ValueError, match=words):
        model.log_likelihood(**{"images": digits, **options})
