"""Recipes of beta-VAE."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 8,
            "beta": 2.0,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 128]},
            "likelihood": "discretized_logistic",
        },
        batch_size=32,
        epochs=100,
        learning_rate=1e-3,
        result=(
            "test ELBO -165.1 nats: 64 pixels of 256 levels, 360 "
            "held-out images, seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 10,
            "beta": 4.0,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256]},
            "binarization": "dynamic",
        },
        batch_size=128,
        epochs=40,
        learning_rate=1e-3,
        result=(
            "test ELBO -113.3 nats, KL 9.1: dynamic binarization, one "
            "sample of the latents, 10,000 test images, seed 0"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={"latent_dim": 10, "network": "mlp"},
    batch_size=128,
    epochs=30,
)
