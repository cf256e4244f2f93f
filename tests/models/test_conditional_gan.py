"""The contract and the discriminator of ConditionalGAN."""

import keras
import numpy as np
import pytest

import kerasgen
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract
from tests.models.test_gan_contract import WITHOUT_DROPOUT


class TestConditionalGANContract(ModelContract):
    model_class = kerasgen.ConditionalGAN
    arguments = {
        "num_classes": 4,
        "network_options": {"hidden_units": [24, 16]},
    }
    config_arguments = {"latent_dim": 3, "conditioning": "concatenation"}
    replica_arguments = WITHOUT_DROPOUT
    metric_names = {"d_loss", "g_loss"}


class TestConditionalGANByConcatenation(TrainingContract):
    model_class = kerasgen.ConditionalGAN
    arguments = {
        **TestConditionalGANContract.arguments,
        "conditioning": "concatenation",
    }
    replica_arguments = WITHOUT_DROPOUT
    metric_names = {"d_loss", "g_loss"}


def dense_model(conditioning):
    """A model whose discriminator is one dense layer without a bias."""
    channels, outputs = (4, 1) if conditioning == "concatenation" else (1, 4)
    images = keras.Input((8, 8, channels))
    flat = keras.layers.Flatten()(images)
    logits = keras.layers.Dense(outputs, use_bias=False)(flat)
    return kerasgen.ConditionalGAN(
        (8, 8, 1),
        num_classes=3,
        conditioning=conditioning,
        discriminator=keras.Model(images, logits),
        network="mlp",
        seed=0,
    )


def test_projection_by_hand(digits):
    model = dense_model("projection")
    labels = np.arange(64) % 3
    features = digits.reshape(64, 64)
    (kernel,) = model.discriminator.get_weights()
    # psi(phi(x)) + <e(y), phi(x)>, equation 3 of Miyato and Koyama.
    psi, embedding = kernel[:, 0], kernel[:, 1:].T
    expected = features @ psi + np.sum(embedding[labels] * features, axis=1)
    found = model((digits, labels))
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-5)


def test_concatenation_by_hand(digits):
    model = dense_model("concatenation")
    labels = np.arange(64) % 3
    (kernel,) = model.discriminator.get_weights()
    kernel = kernel.reshape(64, 4)
    # The map of the class is 1 everywhere, the others 0.
    expected = digits.reshape(64, 64) @ kernel[:, 0]
    expected += kernel.sum(axis=0)[1 + labels]
    found = model((digits, labels))
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-5)


@pytest.mark.parametrize("conditioning", ["projection", "concatenation"])
def test_learns_what_labels_mean(conditioning):
    """Two classes of points, which the generator tells apart."""
    generator = np.random.default_rng(0)
    labels = np.arange(512) % 2
    rows = generator.normal(np.where(labels, 2.0, -2.0)[:, None], 0.3, (512, 1))
    model = kerasgen.ConditionalGAN(
        (1,),
        num_classes=2,
        conditioning=conditioning,
        latent_dim=2,
        network_options={"hidden_units": [32, 32], "dropout": 0.0},
        seed=0,
    )
    model.compile(
        keras.optimizers.Adam(2e-3, beta_1=0.5),
        keras.optimizers.Adam(2e-3, beta_1=0.5),
    )
    rows = rows.astype("float32")
    model.fit(rows, labels, batch_size=64, epochs=30, verbose=0)
    for label, center in ((0, -2.0), (1, 2.0)):
        drawn = model.generate(300, seed=0, labels=label)
        assert abs(drawn.mean() - center) < 0.8


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_classes": 1}, "num_classes.*at least 2.*num_classes=1"),
        ({"num_classes": 2.5}, "num_classes=2.5"),
        ({"conditioning": "film"}, "'projection', 'concatenation'.*'film'"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        kerasgen.ConditionalGAN((8, 8, 1), **{"num_classes": 3, **options})
