"""The contract, for VAE."""

import kerasgen
from tests.model_contract import ModelContract


class TestVAEOfDenseLayers(ModelContract):
    model_class = kerasgen.VAE
    arguments = {
        "latent_dim": 3,
        "network": "mlp",
        "network_options": {"hidden_units": [24, 16], "activation": "tanh"},
        "likelihood": "bernoulli",
        "binarization": "dynamic",
        "beta": 0.5,
        "kl_annealing_steps": 10,
    }
    metric_names = {"loss", "reconstruction_loss", "kl_loss", "elbo"}


class TestConvolutionalVAE(TestVAEOfDenseLayers):
    arguments = {
        **TestVAEOfDenseLayers.arguments,
        "network": "dcgan",
        "network_options": {"filters": 8},
    }
    # Batch normalization sees the row of zeros of a replica without images, so
    # each has some, but not equally many.
    replica_images = 51


class TestVAEThatLearnsAScale(ModelContract):
    model_class = kerasgen.VAE
    arguments = {
        **TestVAEOfDenseLayers.arguments,
        "likelihood": "discretized_logistic",
        "binarization": None,
    }
    metric_names = TestVAEOfDenseLayers.metric_names
    # The gradient of the one scale is a sum over all pixels.
    replica_rate = 0.005

    def test_arguments_are_not_defaults(self):
        """Only Bernoulli pixels are binarized; the classes above do it."""
        assert self.arguments["likelihood"] == "discretized_logistic"
