"""Recipes of the auxiliary classifier GAN."""

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
            "78% of 2,000 samples are digits that a support vector "
            "classifier is over 90% sure of, 99% of the class asked "
            "for; 85% of test images are; seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 64,
            "network": "dcgan",
            "network_options": {"filters": 16, "kernel_size": 4},
        },
        batch_size=64,
        epochs=5,
        learning_rate=0.0002,
        result=(
            "94% of 2,000 samples are digits that a convolutional "
            "classifier is over 90% sure of, 99% of the class asked "
            "for; 94% of test images are; seed 0"
        ),
    ),
}
DEFAULT = Recipe(arguments=RECIPES["mnist"].arguments, batch_size=64, epochs=8)
