"""Recipes of the denoising autoencoder."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 32,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 128]},
            "corruption": "masking",
            "corruption_level": 0.25,
        },
        batch_size=32,
        epochs=100,
        result=(
            "squared error of 360 held-out images with a quarter of their "
            "pixels masked: 3.57 an image, 0.94 once restored; test loss "
            "17.05 nats, of which 13.67 are the entropy of grey values, "
            "seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 64,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256]},
            "corruption": "masking",
            "corruption_level": 0.25,
        },
        batch_size=128,
        epochs=20,
        result=(
            "squared error of test images with a quarter of their "
            "pixels masked: 22.3 an image, 5.2 once restored; test loss"
            " 63.3 nats: 10,000 test images, seed 0"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={
        "latent_dim": 64,
        "network": "mlp",
        "corruption": "masking",
        "corruption_level": 0.25,
    },
    batch_size=128,
    epochs=30,
)
