"""Recipes of the contractive autoencoder."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 64,
            "network": "mlp",
            "network_options": {"hidden_units": []},
            "contraction_weight": 0.1,
        },
        batch_size=32,
        epochs=100,
        result=(
            "test reconstruction loss 16.19 nats, of which 13.67 are the "
            "entropy of grey values, and squared norm of the Jacobian "
            "9.05; 360 held-out images, seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 256,
            "network": "mlp",
            "network_options": {"hidden_units": []},
            "contraction_weight": 0.1,
        },
        batch_size=128,
        epochs=20,
        result=(
            "test reconstruction loss 54.1 nats, squared norm of the "
            "Jacobian 27.7: 10,000 test images, seed 0"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={
        "latent_dim": 64,
        "network": "mlp",
        "contraction_weight": 0.1,
    },
    batch_size=128,
    epochs=30,
)
