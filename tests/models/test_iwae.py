"""IWAE: the contract, and what only it does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.models.vae import importance_weighting
from tests.model_contract import ModelContract


class TestIWAEContract(ModelContract):
    model_class = kerasgen.IWAE
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {
        "latent_dim": 3,
        "network": "dcgan",
        "network_options": {"filters": 4},
        "likelihood": "bernoulli",
        "binarization": "dynamic",
        "beta": 0.5,
        "kl_annealing_steps": 10,
        "num_importance_samples": 4,
    }
    metric_names = {
        "loss",
        "reconstruction_loss",
        "kl_loss",
        "elbo",
        "importance_weighted_bound",
    }


def new_model(k, **options):
    keras.utils.set_random_seed(0)
    return kerasgen.IWAE(
        (8, 8, 1),
        3,
        num_importance_samples=k,
        network_options={"hidden_units": (16,)},
        seed=0,
        **options,
    )


def log_weights_by_hand(model, images, noise, beta=1.0):
    """`log w` of shape `(batch, k)`, in float64 numpy."""
    mean, log_variance = (
        np.array(a, np.float64)[:, None] for a in model.posterior(images)
    )
    latents = mean + np.exp(0.5 * log_variance) * noise
    logits = model.decoder(latents.reshape(-1, 3)).numpy().astype(np.float64)
    logits = logits.reshape(*latents.shape[:2], -1)
    x = images.reshape(len(images), 1, -1)
    log_likelihood = (x * logits - np.logaddexp(0, logits)).sum(axis=-1)
    log_prior = -0.5 * (latents**2 + np.log(2 * np.pi)).sum(axis=-1)
    log_posterior = -0.5 * (noise**2 + log_variance + np.log(2 * np.pi))
    ratio = log_prior - log_posterior.sum(axis=-1)
    return log_likelihood + beta * ratio, log_likelihood, ratio


def test_metrics_by_hand(digits):
    model = new_model(7, beta=2.0)
    model.compile()
    batch = model.next_batch(digits, training=False)
    noise = batch.normal((7, 3)).numpy().astype(np.float64)
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    weighted, log_likelihood, ratio = log_weights_by_hand(
        model, digits, noise, beta=2.0
    )
    plain = log_likelihood + ratio
    expected = {
        "loss": -np.log(np.exp(weighted).mean(axis=1)).mean(),
        "importance_weighted_bound": np.log(np.exp(plain).mean(axis=1)).mean(),
        "reconstruction_loss": -log_likelihood.mean(),
        "kl_loss": -ratio.mean(),
        "elbo": plain.mean(),
    }
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6, err_msg=name)


def test_gradient_is_that_of_normalized_weights(digits):
    """Equation 14: each sample counts by its share of all weights."""
    model, k = new_model(5), 5
    noise = model.next_batch(digits).normal((k, 3))
    variables = [v.value for v in model.trainable_variables]
    with tf.GradientTape(persistent=True) as tape:
        densities = importance_weighting.log_densities(model, digits, noise)
        log_weights = densities[0] + densities[1] - densities[2]
        loss = -tf.reduce_mean(importance_weighting.log_mean_exp(log_weights))
        shares = tf.stop_gradient(tf.nn.softmax(log_weights, axis=1))
        by_equation = -tf.reduce_mean(
            tf.reduce_sum(shares * log_weights, axis=1)
        )
        values = model.compute_losses(_batch_with(model, digits, noise), True)
    expected = tape.gradient(by_equation, variables)
    for found in (
        tape.gradient(loss, variables),
        tape.gradient(values["loss"], variables),
    ):
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    shares = shares.numpy()
    assert shares.max() > 0.5 > shares.min()


def _batch_with(model, images, noise):
    batch = model.next_batch(images)
    batch.normal = lambda shape: noise
    return batch


def test_one_sample_is_a_vae_with_sampled_kl(digits):
    found = []
    for model_class, options in (
        (kerasgen.VAE, {}),
        (kerasgen.IWAE, {"num_importance_samples": 1}),
    ):
        keras.utils.set_random_seed(0)
        model = model_class((8, 8, 1), 3, seed=0, **options)
        model.compile()
        found.append(model.evaluate(digits, batch_size=64, verbose=0))
    vae, iwae = found
    # Both decode the same sample of the latents.
    assert vae[1] == pytest.approx(iwae[1], rel=1e-6)
    assert iwae[0] == pytest.approx(-iwae[3], rel=1e-6)
    assert iwae[4] == pytest.approx(iwae[3], rel=1e-6)
    # 64 samples of the KL are near it, and are not it.
    assert 1e-3 < abs(vae[2] - iwae[2]) < 1.0


def test_more_samples_give_a_higher_bound(digits):
    bounds = []
    for k in (1, 5, 50):
        model = new_model(k)
        model.compile()
        found = model.evaluate(digits, verbose=0, return_dict=True)
        bounds.append(found["importance_weighted_bound"])
    assert bounds[0] + 0.03 < bounds[1] < bounds[2] - 0.03, bounds


def test_number_of_samples_is_checked():
    with pytest.raises(ValueError, match="num_importance_samples=0"):
        new_model(0)
