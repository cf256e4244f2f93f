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
        "discriminator_steps": 2,
    }
    # Which units are dropped depends on the replica.
    replica_arguments = {
        "network_options": {"hidden_units": [24, 16], "dropout": 0.0}
    }
    metric_names = {"d_loss", "g_loss"}


class TestConvolutionalGAN(TestGANOfDenseLayers):
    arguments = {
        **TestGANOfDenseLayers.arguments,
        "network": "dcgan",
        "network_options": {"filters": 8},
    }
    replica_arguments = {}
    # Batch normalization sees the row of zeros of a replica without images, so
    # each has some, but not equally many.
    replica_images = 51
