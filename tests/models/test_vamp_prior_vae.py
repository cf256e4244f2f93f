"""VampPriorVAE: the contract, and what only it does."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special
from scipy import stats

import kerasgen
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract
from tests.models import test_vae_contract

VAE_CONTRACT = test_vae_contract.TestVAEContract


class TestVampPriorVAEContract(ModelContract):
    model_class = kerasgen.VampPriorVAE
    arguments = VAE_CONTRACT.arguments
    config_arguments = {
        **VAE_CONTRACT.config_arguments,
        "num_pseudo_inputs": 7,
    }
    metric_names = VAE_CONTRACT.metric_names


class TestConvolutionalVampPriorVAE(TrainingContract):
    """Batch normalization sees images, and not the pseudo-inputs."""

    model_class = kerasgen.VampPriorVAE
    arguments = {
        "num_pseudo_inputs": 7,
        "network": "dcgan",
        "network_options": {"filters": 8},
    }
    metric_names = VAE_CONTRACT.metric_names
    replica_images = 51


def new_model(components=4, **options):
    keras.utils.set_random_seed(0)
    model = kerasgen.VampPriorVAE(
        (8, 8, 1), 2, num_pseudo_inputs=components, seed=0, **options
    )
    # Far from each other, unlike those of noise at the start.
    final = model.encoder.layers[-1]
    final.set_weights([20 * w for w in final.get_weights()])
    return model


def components(model):
    return [np.array(a, float) for a in model.posterior(model.pseudo_inputs)]


def log_prior_by_scipy(model, latents):
    each = [
        stats.multivariate_normal(m, np.diag(np.exp(v))).logpdf(latents)
        for m, v in zip(*components(model))
    ]
    return special.logsumexp(each, axis=0) - np.log(len(each))


def test_pseudo_inputs_start_from_the_global_seed():
    starts = []
    for seed in (0, 0, 1):
        keras.utils.set_random_seed(seed)
        model = kerasgen.VampPriorVAE((8, 8, 1), 2, num_pseudo_inputs=3)
        starts.append(np.array(model.pseudo_inputs))
    np.testing.assert_array_equal(starts[0], starts[1])
    assert (starts[0] != starts[2]).mean() > 0.9
    assert starts[0].min() >= 0
    assert starts[0].max() <= 1


def test_log_likelihood_of_linear_networks():
    """A mixture of Gaussians in latents is one in pixels."""
    rng = np.random.default_rng(0)
    latents, rows = keras.Input((2,)), keras.Input((5,))
    encoder = keras.Model(rows, keras.layers.Dense(4)(rows))
    decoder = keras.Model(latents, keras.layers.Dense(5)(latents))
    w, b = 0.4 * rng.normal(size=(2, 5)), rng.normal(size=5)
    decoder.set_weights([w, b])
    # Means of a few units, and variances of about 1.
    encoder.set_weights(
        [0.3 * rng.normal(size=(5, 4)) * [1, 1, 0.1, 0.1], np.zeros(4)]
    )
    model = kerasgen.VampPriorVAE(
        (5,), 2, num_pseudo_inputs=3, encoder=encoder, decoder=decoder, seed=0
    )
    model.log_scale.assign(0.0)
    marginals = [
        stats.multivariate_normal(
            m @ w + b, w.T @ np.diag(np.exp(v)) @ w + np.eye(5)
        )
        for m, v in zip(*components(model))
    ]
    images = np.concatenate([p.rvs(7, random_state=1) for p in marginals])
    images = images.astype("float32")
    expected = np.logaddexp.reduce(
        [p.logpdf(images) for p in marginals], axis=0
    )
    expected -= np.log(3)
    found = model.log_likelihood(images, 20_000, seed=0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.15)
    assert found.mean() == pytest.approx(expected.mean(), abs=0.03)


def test_log_prior_against_scipy():
    model = new_model()
    latents = np.random.default_rng(0).normal(0, 3, (30, 2)).astype("float32")
    expected = log_prior_by_scipy(model, latents)
    np.testing.assert_allclose(model.log_prior(latents), expected, rtol=1e-5)


def test_elbo_by_hand(digits):
    model = new_model(beta=3.0)
    model.compile()
    mean, log_variance = (np.array(a, float) for a in model.posterior(digits))
    epsilon = model.next_batch(digits, training=False).normal((2,)).numpy()
    latents = mean + np.exp(0.5 * log_variance) * epsilon
    log_posterior = -0.5 * (epsilon**2 + log_variance + np.log(2 * np.pi))
    kl = log_posterior.sum(axis=1) - log_prior_by_scipy(model, latents)
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    assert found["kl_loss"] == pytest.approx(kl.mean(), rel=1e-5)
    reconstruction_loss = found["reconstruction_loss"]
    assert found["loss"] == pytest.approx(
        reconstruction_loss + 3 * kl.mean(), rel=1e-5
    )


def test_draws_from_the_mixture():
    model = new_model()
    seeds = np.stack([np.zeros(4000), np.arange(4000)], 1).astype("int32")
    drawn = tf.function(model.latents_from_seeds)(seeds).numpy()
    means, log_variances = components(model)
    variances = np.exp(log_variances)
    # Moments of a mixture, within 4.5 standard errors.
    mean = means.mean(axis=0)
    second = (means**2 + variances).mean(axis=0)
    error = drawn.std(axis=0) / np.sqrt(4000)
    assert (np.abs(drawn.mean(axis=0) - mean) < 4.5 * error).all()
    error = (drawn**2).std(axis=0) / np.sqrt(4000)
    assert (np.abs((drawn**2).mean(axis=0) - second) < 4.5 * error).all()
    # Each component gets its share, and its own noise.
    distances = ((drawn[:, None] - means) ** 2 / variances).sum(axis=2)
    log_densities = -0.5 * (distances + log_variances.sum(axis=1))
    shares = special.softmax(log_densities, axis=1).mean(axis=0)
    np.testing.assert_allclose(shares, 0.25, atol=0.04)
    assert len(np.unique(drawn, axis=0)) == 4000


def test_pseudo_inputs_stay_images(digits):
    model = kerasgen.VampPriorVAE((8, 8, 1), 2, num_pseudo_inputs=4, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    before = np.array(model.pseudo_inputs)
    model.fit(digits, epochs=30, verbose=0)
    after = np.array(model.pseudo_inputs)
    assert not np.allclose(before, after)
    assert after.min() == 0
    assert after.max() <= 1


def test_number_is_checked():
    with pytest.raises(ValueError, match="num_pseudo_inputs=0"):
        new_model(0)
