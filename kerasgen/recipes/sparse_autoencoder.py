"""Recipes of the sparse autoencoder."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 100,
            "network": "mlp",
            "network_options": {"hidden_units": []},
            "sparsity_target": 0.05,
            "sparsity_weight": 1.0,
        },
        batch_size=32,
        epochs=100,
        result=(
            "test reconstruction loss 16.78 nats, of which 13.67 are the "
            "entropy of grey values, with latents active 0.069 on "
            "average; 360 held-out images, seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 256,
            "network": "mlp",
            "network_options": {"hidden_units": []},
            "sparsity_target": 0.05,
            "sparsity_weight": 1.0,
        },
        batch_size=128,
        epochs=20,
        result=(
            "test reconstruction loss 58.3 nats, sparsity loss 2.6: "
            "10,000 test images, seed 0"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={
        "latent_dim": 256,
        "network": "mlp",
        "sparsity_target": 0.05,
        "sparsity_weight": 1.0,
    },
    batch_size=128,
    epochs=30,
)
