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
        result=(
            "test reconstruction loss 15.33 nats, of which 13.67 are the "
            "entropy of grey values; squared error 0.40 an image (0.74 "
            "for 16 principal components), 360 held-out images, seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 32,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256]},
        },
        batch_size=128,
        epochs=30,
        result=(
            "test reconstruction loss 58.2 nats: 10,000 test images, seed 0"
        ),
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
