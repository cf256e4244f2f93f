"""The contract, for VAE."""

import kerasgen
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract


class TestVAEContract(ModelContract):
    model_class = kerasgen.VAE
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {
        "latent_dim": 3,
        "network": "dcgan",
        "network_options": {"filters": 8},
        "likelihood": "bernoulli",
        "binarization": "threshold",
        "beta": 0.5,
        "kl_annealing_steps": 10,
    }
    metric_names = {"loss", "reconstruction_loss", "kl_loss", "elbo"}


class TestVAEWithEveryOption(TrainingContract):
    model_class = kerasgen.VAE
    arguments = {
        "latent_dim": 3,
        "network_options": {"hidden_units": [24, 16], "activation": "tanh"},
        "likelihood": "bernoulli",
        "binarization": "dynamic",
        "beta": 0.5,
        "kl_annealing_steps": 10,
    }
    metric_names = TestVAEContract.metric_names


class TestConvolutionalVAE(TestVAEWithEveryOption):
    arguments = {
        **TestVAEWithEveryOption.arguments,
        "network": "dcgan",
        "network_options": {"filters": 8},
    }
    # Batch normalization sees the row of zeros of a replica without images, so
    # each has some, but not equally many.
    replica_images = 51


class TestVAEThatLearnsAScale(TestVAEWithEveryOption):
    arguments = {
        **TestVAEWithEveryOption.arguments,
        "likelihood": "discretized_logistic",
        "binarization": None,
    }
    # The gradient of the one scale is a sum over all pixels.
    replica_rate = 0.005
