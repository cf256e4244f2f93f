"""Recipes of the vector-quantized variational autoencoder."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 16,
            "num_embeddings": 128,
            # The fewer codes, the sooner their prior is learned.
            "grid_shape": [2, 2],
            "network": "mlp",
            "network_options": {"hidden_units": [256, 128]},
            # Grey values: the Bernoulli likelihood leaves them blurred.
            "likelihood": "discretized_logistic",
            "prior_filters": 32,
            "prior_layers": 3,
            "prior_dropout": 0.2,
        },
        batch_size=32,
        epochs=40,
        learning_rate=1e-3,
        result=(
            "test ELBO -169.9 nats: 64 pixels of 256 levels, 360 held-out "
            "images, seed 0; looked at: about three quarters of 64 samples "
            "read as digits, of all ten classes"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 16,
            "num_embeddings": 256,
            "grid_shape": [3, 3],
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256]},
            "binarization": "dynamic",
            "prior_filters": 48,
            "prior_layers": 4,
        },
        batch_size=128,
        epochs=16,
        learning_rate=1e-3,
        result=(
            "test ELBO -101.7 nats with all codes in use, perplexity "
            "234 of 256: dynamic binarization, 10,000 test images, seed"
            " 0"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={"latent_dim": 32, "network": "resnet"},
    batch_size=128,
    epochs=30,
    learning_rate=1e-3,
)
