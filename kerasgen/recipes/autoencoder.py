"""Recipes of the autoencoder."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 16,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 128]},
        },
        batch_size=32,
        epochs=60,
        result="",
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 32,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256]},
        },
        batch_size=128,
        epochs=30,
        result="",
    ),
}
DEFAULT = Recipe(
    arguments={
        "latent_dim": 32,
        "network": "mlp",
    },
    batch_size=128,
    epochs=30,
)
