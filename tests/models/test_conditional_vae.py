"""ConditionalVAE: the contract, and what only it does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract
from tests.models import test_vae_contract

VAE_CONTRACT = test_vae_contract.TestVAEContract


class TestConditionalVAEContract(ModelContract):
    model_class = kerasgen.ConditionalVAE
    arguments = {**VAE_CONTRACT.arguments, "num_classes": 10}
    config_arguments = VAE_CONTRACT.config_arguments
    metric_names = VAE_CONTRACT.metric_names


class TestConvolutionalConditionalVAE(TrainingContract):
    """Labels are maps beside the image."""

    model_class = kerasgen.ConditionalVAE
    arguments = {
        **TestConditionalVAEContract.arguments,
        "network": "dcgan",
        "network_options": {"filters": 8},
    }
    metric_names = VAE_CONTRACT.metric_names
    replica_images = 51
    # At the usual one weights grow from 0.02 to 0.9, and their rounding with
    # them: to 1.01e-5 on some processors.
    replica_rate = 0.01


def networks(num_classes=2, data_dim=2):
    """An encoder and a decoder of one dense layer."""
    inputs = keras.Input((data_dim + num_classes,))
    encoder = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    inputs = keras.Input((1 + num_classes,))
    decoder = keras.Model(inputs, keras.layers.Dense(data_dim)(inputs))
    return {"encoder": encoder, "decoder": decoder}


def test_elbo_by_hand():
    rows = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
    labels = np.array([0, 1, 1, 0, 1, 0])
    model = kerasgen.ConditionalVAE((2,), 2, 1, seed=0, **networks())
    model.compile()
    epsilon = model.next_batch((rows, labels), training=False).normal((1,))
    classes = np.eye(2)[labels]
    kernel, bias = (np.array(w, float) for w in model.encoder.weights)
    found_mean, _ = model.posterior(rows, labels)
    mean, log_variance = np.split(
        np.concatenate([rows, classes], axis=1) @ kernel + bias, 2, axis=1
    )
    np.testing.assert_allclose(found_mean, mean, rtol=1e-5)
    latents = mean + np.exp(0.5 * log_variance) * epsilon.numpy()
    kernel, bias = (np.array(w, float) for w in model.decoder.weights)
    means = np.concatenate([latents, classes], axis=1) @ kernel + bias
    log_likelihood = -0.5 * ((rows - means) ** 2 + np.log(2 * np.pi))
    kl = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    expected = (log_likelihood.sum(axis=1) - kl.sum(axis=1)).mean()
    found = model.evaluate(rows, labels, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["elbo"], expected, rtol=1e-5)


def test_draws_each_class():
    """Two clouds, one a class: the label says which is drawn."""
    rng = np.random.default_rng(0)
    labels = np.arange(256) % 2
    centers = np.array([[-3.0, 0.0], [3.0, 1.0]])
    rows = centers[labels] + 0.3 * rng.normal(size=(256, 2))
    rows = rows.astype("float32")
    model = kerasgen.ConditionalVAE((2,), 2, 2, seed=0)
    model.compile(keras.optimizers.Adam(5e-3))
    model.fit(rows, labels, epochs=60, verbose=0)
    for label, center in enumerate(centers):
        found = model.generate(200, seed=0, labels=label).mean(axis=0)
        np.testing.assert_allclose(found, center, atol=0.4)
    # What is right for a label is less likely under the other.
    right, wrong = (
        model.log_likelihood(rows, 20, labels=given, seed=0)
        for given in (labels, 1 - labels)
    )
    assert (right > wrong + 5).all()
    called = model((tf.constant(rows), tf.constant(labels)[:, None]))
    again = model.reconstruct(rows, labels=labels)
    np.testing.assert_allclose(called, again, rtol=1e-4, atol=1e-4)


def test_bad_arguments_are_refused(digits):
    with pytest.raises(ValueError, match="num_classes=1"):
        kerasgen.ConditionalVAE((8, 8, 1), 1)
    model = kerasgen.ConditionalVAE((8, 8, 1), 10)
    with pytest.raises(ValueError, match="has 10 of them"):
        model.encode(digits)
    with pytest.raises(ValueError, match="0 to 9"):
        model.log_likelihood(digits, 2, labels=10)
