"""Recipes of R3GAN."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 32,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 256], "dropout": 0.0},
            "r1": 0.1,
            "r2": 0.1,
            "ema_momentum": 0.99,
        },
        batch_size=64,
        epochs=150,
        learning_rate=0.0004,
        result=(
            "51% of 2,000 samples are digits that a support vector "
            "classifier is over 90% sure of; 85% of test images are; "
            "seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 64,
            "network": "dcgan",
            "network_options": {"filters": 16, "kernel_size": 4},
            "r1": 1.0,
            "r2": 1.0,
        },
        batch_size=64,
        epochs=4,
        learning_rate=0.0002,
        result=(
            "56% of 2,000 samples are digits that a convolutional "
            "classifier is over 90% sure of; 94% of test images are; "
            "seed 0"
        ),
    ),
}
DEFAULT = Recipe(arguments=RECIPES["mnist"].arguments, batch_size=64, epochs=5)
