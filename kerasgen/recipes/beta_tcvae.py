"""Recipes of beta-TCVAE."""

from kerasgen.recipes.recipe import Recipe

RECIPES = {
    "digits": Recipe(
        arguments={
            "latent_dim": 8,
            "beta": 6.0,
            "network": "mlp",
            "network_options": {"hidden_units": [256, 128]},
            "likelihood": "discretized_logistic",
        },
        # The aggregate posterior is estimated from the batch.
        batch_size=128,
        epochs=200,
        learning_rate=2e-3,
        result=(
            "test ELBO -166.7 nats, total correlation 0.08: 64 pixels "
            "of 256 levels, 360 held-out images, seed 0"
        ),
    ),
    "mnist": Recipe(
        arguments={
            "latent_dim": 10,
            "beta": 6.0,
            "network": "mlp",
            "network_options": {"hidden_units": [512, 256]},
            "binarization": "dynamic",
        },
        batch_size=256,
        epochs=30,
        learning_rate=1e-3,
        result=(
            "test ELBO -114.1 nats, total correlation -0.9 (its "
            "estimate may be below 0), mutual information 10.4: dynamic"
            " binarization, one sample of the latents, 10,000 test "
            "images, seed 0"
        ),
    ),
}
DEFAULT = Recipe(
    arguments={"latent_dim": 10, "network": "mlp"},
    batch_size=256,
    epochs=30,
)
