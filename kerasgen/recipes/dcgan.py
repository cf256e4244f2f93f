"""Recipes of the deep convolutional GAN."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 32,
            "network": "dcgan",
            "network_options": {"filters": 32, "kernel_size": 4},
            "ema_momentum": 0.99,
        },
        batch_size=64,
        epochs=250,
        learning_rate=0.0004,
        result=(
            "22% of 2,000 samples are digits that a support vector "
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
        epochs=10,
        learning_rate=0.0002,
        result=(
            "70% of 2,000 samples are digits that a convolutional "
            "classifier is over 90% sure of; 94% of test images are; "
            "seed 0"
        ),
    ),
}
DEFAULT = Recipe(arguments=RECIPES["mnist"].arguments, batch_size=64, epochs=10)
