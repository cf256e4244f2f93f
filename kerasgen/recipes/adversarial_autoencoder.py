"""Recipes of the adversarial autoencoder."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 8,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 128]},
        },
        batch_size=32,
        epochs=100,
        result=(
            "test reconstruction loss 17.55 nats, of which 13.67 are the "
            "entropy of grey values; test d_loss 1.25, where 1.39 would be "
            "latents like the prior; 360 held-out images; 64 samples looked "
            "at: about two thirds read as digits, seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 8,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256], "dropout": 0.3},
        },
        batch_size=128,
        # In longer training the latents run away from the prior.
        epochs=6,
        result=(
            "38% of 2,000 samples are digits that a convolutional "
            "classifier is over 90% sure of; 94% of test images are; "
            "seed 0; test reconstruction loss 95.5 nats, d_loss 0.84, "
            "where 1.39 would be latents like the prior"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={
        "latent_dim": 16,
        "network": "mlp",
    },
    batch_size=128,
    epochs=30,
)
