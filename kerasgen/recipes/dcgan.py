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
        epochs=200,
        learning_rate=0.0004,
        result="",
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
        result="",
    ),
}
DEFAULT = Recipe(arguments=RECIPES["mnist"].arguments, batch_size=64, epochs=10)
