"""Recipes of InfoGAN."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 32,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 256], "dropout": 0.3},
        },
        batch_size=64,
        epochs=200,
        learning_rate=0.0004,
        result=(
            "41% of 2,000 samples are digits that a support vector "
            "classifier is over 90% sure of; 85% of test images are; "
            "seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 64,
            "network": "dcgan",
            "network_options": {"filters": 16, "kernel_size": 4},
        },
        batch_size=64,
        epochs=8,
        learning_rate=0.0002,
        result=(
            "76% of 2,000 samples are digits that a convolutional "
            "classifier is over 90% sure of; 94% of test images are; "
            "seed 0"
        ),
    ),
}
DEFAULT = Recipe(arguments=RECIPES["mnist"].arguments, batch_size=64, epochs=8)
