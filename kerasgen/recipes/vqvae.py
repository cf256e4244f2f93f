"""Recipes of the vector-quantized variational autoencoder."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 16,
            "num_embeddings": 64,
            "network": "resnet",
            "network_options": {"filters": 32},
            "likelihood": "discretized_logistic",
        },
        batch_size=32,
        epochs=60,
        learning_rate=1e-3,
        result="",
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 16,
            "num_embeddings": 128,
            "network": "resnet",
            "network_options": {"filters": 32},
            "prior_filters": 32,
            "binarization": "dynamic",
        },
        batch_size=128,
        epochs=4,
        learning_rate=1e-3,
        result="",
    ),
}
DEFAULT = Recipe(
    arguments={"latent_dim": 32, "network": "resnet"},
    batch_size=128,
    epochs=30,
)
