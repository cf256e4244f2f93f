"""The contract, for GAN; that of DCGAN is the one with convolutions."""

import kerasgen
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract

# Which units are dropped depends on the replica.
WITHOUT_DROPOUT = {
    "network_options": {"hidden_units": [24, 16], "dropout": 0.0}
}


class TestGANContract(ModelContract):
    model_class = kerasgen.GAN
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {
        "latent_dim": 3,
        "network": "dcgan",
        "network_options": {"filters": 8},
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
        "augment": "diffaugment",
        "augment_target": 0.5,
        "augment_images": 900,
        "discriminator_steps": 2,
        "ema_momentum": 0.9,
    }
    replica_arguments = WITHOUT_DROPOUT
    metric_names = {"d_loss", "g_loss"}


class TestGANWithEveryOption(TrainingContract):
    model_class = kerasgen.GAN
    arguments = {
        **TestGANContract.config_arguments,
        "network": "mlp",
        "network_options": {"hidden_units": [24, 16], "dropout": 0.2},
    }
    replica_arguments = WITHOUT_DROPOUT
    metric_names = {"d_loss", "g_loss", "penalty"}


class TestGANWithAdaptiveAugmentation(TrainingContract):
    model_class = kerasgen.GAN
    arguments = {
        "network_options": {"hidden_units": [24, 16]},
        "augment": "adaptive",
        # So few that the probability is not what it starts from.
        "augment_images": 500,
        "augment_target": -0.9,
    }
    replica_arguments = WITHOUT_DROPOUT
    metric_names = {"d_loss", "g_loss", "augmentation_probability"}

    def test_probability_is_kept(self):
        trained = self.trained()
        history = trained.history["augmentation_probability"]
        assert 0 < history[0] < history[-1] < 1
        probability = trained.model.augmentation.probability
        assert float(probability) >= history[-1]
