"""Recipes of the conditional variational autoencoder."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 16,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 128]},
            "likelihood": "discretized_logistic",
        },
        batch_size=32,
        epochs=100,
        learning_rate=1e-3,
        result=(
            "test ELBO -161.2 nats: 64 pixels of 256 levels, 360 "
            "held-out images, seed 0; 99% of 2,000 samples are of the "
            "class asked for, by a support vector classifier"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 32,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256]},
            "binarization": "dynamic",
        },
        batch_size=128,
        epochs=30,
        learning_rate=1e-3,
        result=(
            "test ELBO -92.4 nats: dynamic binarization, one sample of "
            "the latents, 10,000 test images, seed 0; 92% of 2,000 "
            "samples are of the class asked for, by kerasgen's classifier"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={"latent_dim": 32, "network": "mlp"},
    batch_size=128,
    epochs=30,
)
