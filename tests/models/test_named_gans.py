"""The contract and the defaults of GANs that are GAN with other defaults."""

import keras
import pytest

import kerasgen
from tests.model_contract import ModelContract

OPTIONS = {"hidden_units": [24, 16], "dropout": 0.1}


class NamedGANContract(ModelContract):
    # Which units are dropped depends on the replica.
    replica_arguments = {"network_options": {**OPTIONS, "dropout": 0.0}}
    metric_names = {"d_loss", "g_loss"}


class TestDCGANContract(ModelContract):
    model_class = kerasgen.DCGAN
    arguments = {"latent_dim": 3, "network_options": {"filters": 4}}
    # Batch normalization sees the row of zeros of a replica without images.
    replica_images = 51
    metric_names = {"d_loss", "g_loss"}


class DifferenceContract(NamedGANContract):
    """Losses of differences of logits, which a bias of all does not change.

    The hinge loss is one while all logits are within its margins.
    """

    def unmoved(self, model):
        return [model.discriminator.layers[-1].bias]


class TestLSGANContract(DifferenceContract):
    model_class = kerasgen.LSGAN
    arguments = {
        "latent_dim": 3,
        "network": "mlp",
        "network_options": OPTIONS,
        "loss": "wasserstein",
    }


class TestWGANContract(DifferenceContract):
    model_class = kerasgen.WGAN
    arguments = {
        "latent_dim": 3,
        "network": "mlp",
        "network_options": OPTIONS,
        "loss": "relativistic",
        "weight_clipping": 0.1,
        "discriminator_steps": 2,
    }


class TestWGANGPContract(DifferenceContract):
    model_class = kerasgen.WGANGP
    arguments = {
        "latent_dim": 3,
        "network": "mlp",
        "network_options": OPTIONS,
        "loss": "relativistic",
        "gradient_penalty": 1.0,
        "discriminator_steps": 2,
    }
    metric_names = {"d_loss", "g_loss", "penalty"}


class TestSNGANContract(NamedGANContract):
    model_class = kerasgen.SNGAN
    arguments = {
        "latent_dim": 3,
        "network": "mlp",
        "network_options": OPTIONS,
        "loss": "least_squares",
        "spectral_normalization": True,
        "discriminator_steps": 2,
    }
    own_network_arguments = {"spectral_normalization": False}

    def test_arguments_are_not_defaults(self):
        """Without spectral normalization it would be another model."""
        assert self.arguments["loss"] != "hinge"


class TestR3GANContract(DifferenceContract):
    model_class = kerasgen.R3GAN
    arguments = {
        "latent_dim": 3,
        "network": "mlp",
        "network_options": OPTIONS,
        "loss": "hinge",
        "r1": 0.5,
        "r2": 0.2,
        "ema_momentum": 0.9,
    }
    metric_names = {"d_loss", "g_loss", "penalty"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DCGAN", {"loss": "non_saturating", "network": "dcgan"}),
        ("LSGAN", {"loss": "least_squares", "network": "dcgan"}),
        (
            "WGAN",
            {
                "loss": "wasserstein",
                "weight_clipping": 0.01,
                "discriminator_steps": 5,
            },
        ),
        (
            "WGANGP",
            {
                "loss": "wasserstein",
                "gradient_penalty": 10.0,
                "gradient_penalty_sides": 2,
                "discriminator_steps": 5,
            },
        ),
        ("SNGAN", {"loss": "hinge", "spectral_normalization": True}),
        ("R3GAN", {"loss": "relativistic", "ema_momentum": 0.999}),
    ],
)
def test_defaults_are_the_paper_s(name, expected):
    model = getattr(kerasgen, name)(data_shape=(8, 8, 1))
    config = model.get_config()
    assert {key: config[key] for key in expected} == expected
    # Rows of numbers have no convolutions.
    rows = getattr(kerasgen, name)(data_shape=(5,))
    assert rows.network == "mlp"


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
