"""Recipes of the VAE with a VampPrior."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 16,
            "num_pseudo_inputs": 100,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 128]},
            "likelihood": "discretized_logistic",
        },
        batch_size=32,
        epochs=100,
        learning_rate=1e-3,
        result=(
            "test ELBO -163.4 nats: 64 pixels of 256 levels, 360 "
            "held-out images, seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 32,
            "num_pseudo_inputs": 500,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256]},
            "binarization": "dynamic",
        },
        batch_size=128,
        epochs=15,
        learning_rate=1e-3,
        result=(
            "test ELBO -95.1 nats: dynamic binarization, one sample of "
            "the latents, 10,000 test images, seed 0"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={"latent_dim": 32, "network": "mlp"},
    batch_size=128,
    epochs=30,
)
