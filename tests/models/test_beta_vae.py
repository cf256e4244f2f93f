"""BetaVAE: the contract, and what only it does."""

import keras
import numpy as np
import pytest

import kerasgen
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract
from tests.models import test_vae_contract

VAE_CONTRACT = test_vae_contract.TestVAEContract


class TestBetaVAEContract(ModelContract):
    model_class = kerasgen.BetaVAE
    arguments = VAE_CONTRACT.arguments
    config_arguments = {
        **VAE_CONTRACT.config_arguments,
        "beta": 3.0,
        "capacity": 2.0,
        "capacity_steps": 7,
    }
    metric_names = VAE_CONTRACT.metric_names


class TestBetaVAEWithCapacity(TrainingContract):
    model_class = kerasgen.BetaVAE
    arguments = {
        **TestBetaVAEContract.arguments,
        "capacity": 2.0,
        "capacity_steps": 7,
    }
    metric_names = VAE_CONTRACT.metric_names


def new_model(model_class=kerasgen.BetaVAE, optimizer=None, **options):
    keras.utils.set_random_seed(0)
    model = model_class((8, 8, 1), 3, seed=0, **options)
    model.compile(optimizer)
    return model


def test_without_capacity_it_is_a_vae_of_that_beta(digits):
    own = new_model(beta=4.0)
    vae = new_model(kerasgen.VAE, beta=4.0)
    assert new_model().beta == 4.0
    for first, second in zip(
        own.fit(digits, verbose=0).history.items(),
        vae.fit(digits, verbose=0).history.items(),
    ):
        assert first == second


def test_loss_by_hand(digits):
    """The distance from C is that of each image, not of the mean."""
    model = new_model(beta=10.0, capacity=6.0, capacity_steps=4)
    mean, log_variance = (np.array(a, float) for a in model.posterior(digits))
    kl = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1)
    for steps in (0, 3, 4, 9):
        model.training_steps.assign(steps)
        capacity = 6.0 * min(steps / 4, 1)
        found = model.evaluate(
            digits, batch_size=64, verbose=0, return_dict=True
        )
        expected = found["reconstruction_loss"]
        expected += 10 * np.abs(kl - capacity).mean()
        np.testing.assert_allclose(found["loss"], expected, rtol=1e-6)
        np.testing.assert_allclose(found["kl_loss"], kl.mean(), rtol=1e-5)
        reconstruction_loss = found["reconstruction_loss"]
        np.testing.assert_allclose(
            found["elbo"], -reconstruction_loss - kl.mean(), rtol=1e-6
        )


def test_kl_follows_capacity(digits):
    model = new_model(
        optimizer=keras.optimizers.Adam(3e-3),
        beta=100.0,
        capacity=6.0,
        capacity_steps=200,
    )
    found, many = [], np.tile(digits, (100, 1, 1, 1))
    for _ in range(2):
        # 100 steps, of the 200 that C grows in.
        model.fit(many, batch_size=64, verbose=0)
        found.append(model.evaluate(digits, verbose=0, return_dict=True))
    found = [values["kl_loss"] for values in found]
    # Half of the way up, and at its end.
    assert found[0] == pytest.approx(3.0, abs=0.6)
    assert found[1] == pytest.approx(6.0, abs=0.6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"beta": -1.0}, "beta=-1"),
        ({"capacity": -1.0}, "capacity=-1"),
        ({"capacity": 1.0, "capacity_steps": 0}, "capacity_steps=0"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        kerasgen.BetaVAE((8, 8, 1), **options)
