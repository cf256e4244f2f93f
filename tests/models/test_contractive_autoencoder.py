"""The contract for ContractiveAutoencoder, and what only it does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen import losses
from kerasgen.models.autoencoder.contractive_autoencoder import (
    the_only_dense_layer,
)
from tests.model_contract import ModelContract


class TestContractiveAutoencoderContract(ModelContract):
    model_class = kerasgen.ContractiveAutoencoder
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {
        "latent_dim": 3,
        "network": "dcgan",
        "network_options": {"filters": 4},
        "loss": "squared_error",
        "contraction_weight": 50.0,
        "jacobian": "estimate",
    }
    # So large that replicas must agree on its gradient.
    replica_arguments = {"contraction_weight": 50.0}
    metric_names = {"loss", "reconstruction_loss", "contraction_loss"}


def new_model(hidden_units=(), **options):
    keras.utils.set_random_seed(0)
    return kerasgen.ContractiveAutoencoder(
        (8, 8, 1),
        4,
        network_options={"hidden_units": hidden_units, "activation": "tanh"},
        seed=0,
        **options,
    )


def norms(model, images):
    return model._squared_jacobian_norm(model.next_batch(images)).numpy()


def test_closed_form_by_hand(digits):
    """`sum_j (h_j (1 - h_j))^2 sum_i W_ij^2`."""
    model = new_model()
    kernel, bias = (np.array(w, np.float64) for w in model.encoder.weights)
    latents = 1 / (1 + np.exp(-digits.reshape(64, 64) @ kernel - bias))
    slopes = latents * (1 - latents)
    expected = (slopes**2 @ np.square(kernel).sum(axis=0)).astype("float32")
    np.testing.assert_allclose(norms(model, digits), expected, rtol=1e-5)


@pytest.mark.parametrize("activation", ["linear", "tanh", "softplus", "elu"])
def test_closed_form_is_the_norm_of_the_jacobian(digits, activation):
    inputs = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(inputs)
    layer = keras.layers.Dense(4, activation=activation)
    encoder = keras.Model(inputs, layer(flat))
    model = new_model(encoder=encoder)
    assert the_only_dense_layer(encoder) is layer
    expected = losses.squared_jacobian_norm(
        model.latents_from_data, tf.constant(digits)
    )
    np.testing.assert_allclose(norms(model, digits), expected, rtol=1e-5)


def test_where_there_is_no_closed_form():
    inputs = keras.Input((4,))
    dense = keras.layers.Dense(4)
    for outputs in (
        dense(dense(inputs)),
        keras.layers.Dense(4, activation="softmax")(inputs),
        keras.layers.Dense(4, activation=keras.layers.LeakyReLU())(inputs),
        keras.layers.Dense(4)(keras.layers.Rescaling(2.0)(inputs)),
        keras.layers.Dense(4)(keras.layers.Dense(4)(inputs)),
        keras.layers.Dense(4)(inputs) * 2,
        keras.layers.Flatten()(inputs),
    ):
        assert the_only_dense_layer(keras.Model(inputs, outputs)) is None
    sequential = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    assert the_only_dense_layer(sequential) is sequential.layers[0]


def test_estimate_is_exact_on_average(digits):
    exact = norms(new_model((16,), jacobian="exact"), digits[:4])
    model = new_model((16,))
    images = np.tile(digits[:4], (500, 1, 1, 1))
    drawn = np.concatenate([norms(model, images) for _ in range(10)])
    drawn = drawn.reshape(-1, 4)
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - exact) < 4 * error).all()
    assert (error < 0.03 * exact).all()


@pytest.mark.parametrize(
    ("hidden_units", "jacobian"),
    [((), "exact"), ((16,), "exact"), ((16,), "estimate")],
)
def test_penalty_contracts(digits, jacobian, hidden_units):
    found = {}
    for weight in (0.0, 3.0):
        model = new_model(
            hidden_units, contraction_weight=weight, jacobian=jacobian
        )
        model.compile(keras.optimizers.Adam(3e-3))
        # Not for long: free sigmoids of one layer saturate by themselves.
        model.fit(np.tile(digits, (10, 1, 1, 1)), batch_size=16, verbose=0)
        found[weight] = model.evaluate(digits, verbose=0, return_dict=True)
        np.testing.assert_allclose(
            found[weight]["loss"],
            found[weight]["reconstruction_loss"]
            + weight * found[weight]["contraction_loss"],
            rtol=1e-5,
        )
    free, held = found[0.0], found[3.0]
    assert 0 < held["contraction_loss"] < 0.8 * free["contraction_loss"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"contraction_weight": -1.0}, "at least 0.*contraction_weight=-1"),
        ({"jacobian": "guess"}, "'estimate'.*jacobian='guess'"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        new_model(**options)
