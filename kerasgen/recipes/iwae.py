"""Recipes of the importance-weighted autoencoder."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 16,
            "num_importance_samples": 5,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 128]},
            "likelihood": "discretized_logistic",
        },
        batch_size=32,
        epochs=100,
        learning_rate=1e-3,
        result=(
            "test bound of 5 samples -164.5 nats, ELBO -169.1: 64 "
            "pixels of 256 levels, 360 held-out images, seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 32,
            "num_importance_samples": 5,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256]},
            "binarization": "dynamic",
        },
        batch_size=128,
        epochs=20,
        learning_rate=1e-3,
        result=(
            "test bound of 5 samples -94.1 nats, ELBO -98.9: dynamic "
            "binarization, 10,000 test images, seed 0"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={"latent_dim": 32, "network": "mlp"},
    batch_size=128,
    epochs=30,
)
