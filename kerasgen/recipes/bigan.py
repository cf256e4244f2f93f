"""Recipes of the bidirectional GAN."""

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
            "43% of 2,000 samples are digits that a support vector "
            "classifier is over 90% sure of; 85% of test images are; "
            "seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 50,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 512], "dropout": 0.2},
        },
        batch_size=64,
        epochs=30,
        learning_rate=0.0002,
        result=(
            "80% of 2,000 samples are digits that a convolutional "
            "classifier is over 90% sure of; 94% of test images are; "
            "seed 0; uneven: 41% are ones, 22% sevens, 1% fives"
        ),
    ),
}
DEFAULT = Recipe(arguments=RECIPES["mnist"].arguments, batch_size=64, epochs=40)
