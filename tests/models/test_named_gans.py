"""The contract and the defaults of GANs that are GAN with other defaults."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen import losses
from tests.model_contract import ModelContract

SMALL = {"network_options": {"filters": 4}}
OTHER = {"latent_dim": 3, "network": "mlp", "network_options": {}}


class NamedGANContract(ModelContract):
    arguments = SMALL
    # Batch normalization sees the row of zeros of a replica without images.
    replica_images = 51
    metric_names = {"d_loss", "g_loss"}


class TestDCGANContract(NamedGANContract):
    model_class = kerasgen.DCGAN
    config_arguments = OTHER


class TestLSGANContract(NamedGANContract):
    model_class = kerasgen.LSGAN
    config_arguments = {**OTHER, "loss": "wasserstein"}


class DifferenceContract(NamedGANContract):
    """Losses of differences of logits, which a bias of all does not change."""

    def unmoved(self, model):
        return [model.discriminator.layers[-1].bias]


class TestWGANContract(DifferenceContract):
    model_class = kerasgen.WGAN
    config_arguments = {
        **OTHER,
        "loss": "relativistic",
        "weight_clipping": 0.1,
        "discriminator_steps": 2,
    }


class TestWGANGPContract(DifferenceContract):
    model_class = kerasgen.WGANGP
    config_arguments = {
        **OTHER,
        "loss": "relativistic",
        "gradient_penalty": 1.0,
        "discriminator_steps": 2,
    }
    # The penalty has steep gradients.
    replica_rate = 0.005
    metric_names = {"d_loss", "g_loss", "penalty"}


class TestSNGANContract(NamedGANContract):
    model_class = kerasgen.SNGAN
    # Of another order of sums spectral norms make more.
    replica_rate = 0.01
    config_arguments = {
        **OTHER,
        "loss": "least_squares",
        "spectral_normalization": False,
        "discriminator_steps": 2,
    }
    own_network_arguments = {"spectral_normalization": False}


class TestR3GANContract(DifferenceContract):
    model_class = kerasgen.R3GAN
    config_arguments = {
        **OTHER,
        "loss": "hinge",
        "r1": 0.5,
        "r2": 0.2,
        "ema_momentum": 0.9,
    }
    metric_names = {"d_loss", "g_loss", "penalty"}


@pytest.mark.parametrize(
    "name", ["DCGAN", "LSGAN", "WGAN", "WGANGP", "SNGAN", "R3GAN"]
)
def test_rows_of_numbers_have_no_convolutions(name):
    assert getattr(kerasgen, name)(data_shape=(5,)).network == "mlp"


@pytest.mark.parametrize(
    ("name", "rate", "others"),
    [
        ("DCGAN", 2e-4, {"beta_1": 0.5}),
        ("LSGAN", 2e-4, {"beta_1": 0.5}),
        ("WGAN", 5e-5, {"momentum": 0.0}),
        ("WGANGP", 1e-4, {"beta_1": 0.0, "beta_2": 0.9}),
        ("SNGAN", 2e-4, {"beta_1": 0.0, "beta_2": 0.9}),
        ("R3GAN", 2e-4, {"beta_1": 0.0}),
    ],
)
def test_default_optimizers_are_the_paper_s(name, rate, others):
    model = getattr(kerasgen, name)(data_shape=(5,))
    model.compile()
    for optimizer in model.optimizers:
        config = optimizer.get_config()
        assert config["learning_rate"] == pytest.approx(rate)
        assert {key: config[key] for key in others} == others


@pytest.mark.parametrize("name", ["WGANGP", "WGAN", "R3GAN", "SNGAN"])
def test_built_discriminators_keep_rows_apart(name):
    model = getattr(kerasgen, name)(data_shape=(8, 8, 1))
    kinds = {type(layer) for layer in model.discriminator._flatten_layers()}
    assert keras.layers.BatchNormalization not in kinds


def test_r3gan_normalizes_nothing():
    model = kerasgen.R3GAN((8, 8, 1), network_options={"filters": 4})
    assert model.network == "resnet"
    kinds = {type(layer) for layer in model._flatten_layers()}
    assert keras.layers.BatchNormalization not in kinds


NAMED = ["GAN", "DCGAN", "LSGAN", "WGAN", "WGANGP", "SNGAN", "R3GAN"]


@pytest.mark.parametrize("name", NAMED)
def test_losses_in_the_file_are_those_of_their_name(name):
    """A model states its own loss; `losses` has the same by its name."""
    model = getattr(kerasgen, name)(data_shape=(8, 8, 1), network="mlp")
    by_name = losses.adversarial_losses(model.adversarial_loss)
    real, fake = tf.constant([-3.0, 0.0, 2.0]), tf.constant([1.0, -4.0, 0.5])
    for own, named in (
        (model.discriminator_loss(real, fake), by_name[0](real, fake)),
        (model.generator_loss(fake, real), by_name[1](fake, real)),
    ):
        np.testing.assert_array_equal(own, named)


@pytest.mark.parametrize("name", NAMED)
def test_another_loss_takes_the_place_of_the_own(name):
    model_class = getattr(kerasgen, name)
    own = model_class(data_shape=(8, 8, 1), network="mlp").adversarial_loss
    other = "hinge" if own != "hinge" else "least_squares"
    model = model_class((8, 8, 1), network="mlp", loss=other)
    assert model._adversarial_losses == losses.adversarial_losses(other)
