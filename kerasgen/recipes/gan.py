"""Recipes of the generative adversarial network."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 32,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 256], "dropout": 0.3},
        },
        batch_size=64,
        epochs=300,
        learning_rate=4e-4,
        result=(
            "44% of 2,000 samples are digits that a support vector "
            "classifier is over 90% sure of; 85% of test images are; "
            "seed 0"
        ),
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
        result=(
            "64 samples of seed 0 looked at: nearly all read as digits, of "
            "all ten classes"
        ),
    ),
}
DEFAULT = Recipe(arguments=RECIPES["mnist"].arguments, batch_size=64, epochs=30)
