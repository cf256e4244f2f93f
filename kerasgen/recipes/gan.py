"""Recipes of the generative adversarial network."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 32,
            "network": "dcgan",
            "network_options": {"filters": 32, "kernel_size": 4},
        },
        batch_size=64,
        epochs=100,
        learning_rate=2e-4,
        result="PENDING digits",
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 64,
            "network": "dcgan",
            "network_options": {"filters": 32, "kernel_size": 4},
        },
        batch_size=64,
        epochs=15,
        learning_rate=2e-4,
        result="PENDING mnist",
    ),
}
DEFAULT = Recipe(arguments=RECIPES["mnist"].arguments, batch_size=64, epochs=30)
