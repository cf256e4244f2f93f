"""The contract, for GAN."""

import kerasgen
from tests.model_contract import ModelContract


class TestGANOfDenseLayers(ModelContract):
    model_class = kerasgen.GAN
    arguments = {
        "latent_dim": 3,
        "network": "mlp",
        "network_options": {"hidden_units": [24, 16], "dropout": 0.2},
        "loss": "minimax",
        "label_smoothing": 0.1,
        "gradient_penalty": 0.5,
        "gradient_penalty_sides": 1,
        "r1": 0.2,
        "r2": 0.3,
        "weight_clipping": 0.7,
        "spectral_normalization": True,
        "instance_noise": 0.2,
        "instance_noise_steps": 9,
        "discriminator_steps": 2,
        "ema_momentum": 0.9,
    }
    own_network_arguments = {"spectral_normalization": False}
    # Which units are dropped depends on the replica.
    replica_arguments = {
        "network_options": {"hidden_units": [24, 16], "dropout": 0.0}
    }
    metric_names = {"d_loss", "g_loss", "penalty"}


class TestConvolutionalGAN(ModelContract):
    """Convolutions and batch normalization, without penalties."""

    model_class = kerasgen.GAN
    arguments = {
        "latent_dim": 3,
        "network": "dcgan",
        "network_options": {"filters": 8},
    }
    metric_names = {"d_loss", "g_loss"}

    def test_arguments_are_not_defaults(self):
        """The class above has them all."""
        assert self.arguments["network"] == "dcgan"

    # Batch normalization sees the row of zeros of a replica without images, so
    # each has some, but not equally many.
    replica_images = 51
