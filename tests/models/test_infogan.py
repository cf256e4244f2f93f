"""The contract and the codes of InfoGAN."""

import keras
import numpy as np
from scipy.special import log_softmax
from scipy.stats import kstest

import kerasgen
from kerasgen.models.gan.discriminator import DiscriminatorInput
from tests.model_contract import ModelContract


class TestInfoGANContract(ModelContract):
    model_class = kerasgen.InfoGAN
    arguments = {"network_options": {"filters": 4}}
    config_arguments = {
        "latent_dim": 3,
        "num_categories": 4,
        "num_continuous": 1,
        "information_weight": 0.5,
    }
    # Batch normalization sees the row of zeros of a replica without images.
    replica_images = 51
    metric_names = {
        "d_loss",
        "g_loss",
        "d_information_loss",
        "g_information_loss",
    }


def test_default_rates_are_the_paper_s():
    model = kerasgen.InfoGAN((5,), seed=0)
    model.compile()
    rates = [
        float(optimizer.learning_rate)
        for optimizer in (
            model.generator_optimizer,
            model.discriminator_optimizer,
        )
    ]
    np.testing.assert_allclose(rates, [1e-3, 2e-4], rtol=1e-6)


def new_model(**options):
    return kerasgen.InfoGAN(
        (8, 8, 1),
        latent_dim=5,
        network="mlp",
        network_options={"hidden_units": [64], "dropout": 0.0},
        seed=0,
        **options,
    )


def test_information_loss_by_hand(digits):
    model = new_model(num_categories=3, information_weight=0.5)
    batch = model.next_batch(digits)
    images, codes = model.fake(batch, training=False)
    outputs = np.array(model.discriminator(images), np.float64)
    categories = codes[:, 0].numpy().astype(int)
    expected = -log_softmax(outputs[:, 1:4], axis=1)[np.arange(64), categories]
    expected += 0.5 * np.sum((codes[:, 1:] - outputs[:, 4:]) ** 2, axis=1)
    output = model.discriminate(DiscriminatorInput(images, codes), False)
    found = model._information_loss(output, batch)
    np.testing.assert_allclose(found, 0.5 * expected.mean(), rtol=1e-6)


def test_codes_are_uniform(digits):
    model = new_model(num_categories=3)
    codes = np.concatenate(
        [
            model.fake(model.next_batch(digits), training=False).condition
            for _ in range(60)
        ]
    )
    shares = np.bincount(codes[:, 0].astype(int), minlength=3) / len(codes)
    # Five standard errors.
    assert np.abs(shares - 1 / 3).max() < 5 * np.sqrt(2 / 9 / len(codes))
    assert kstest(codes[:, 1], "uniform", (-1, 2)).pvalue > 1e-4
    seeds = np.stack([np.zeros(3000), np.arange(3000)], axis=1).astype("int32")
    latents = model.latents_from_seeds(seeds).numpy()
    assert kstest(latents[:, 0], "norm").pvalue > 1e-4
    assert kstest(latents[:, 6], "uniform", (-1, 2)).pvalue > 1e-4


def test_codes_come_back():
    """Q learns to read the category off what the generator draws."""
    model = kerasgen.InfoGAN(
        (4,),
        latent_dim=2,
        num_categories=3,
        num_continuous=0,
        network_options={"hidden_units": [32, 32], "dropout": 0.0},
        seed=0,
    )
    model.compile(keras.optimizers.Adam(2e-3), keras.optimizers.Adam(2e-3))
    rows = np.random.default_rng(0).normal(size=(512, 4)).astype("float32")
    model.fit(rows, batch_size=64, epochs=20, verbose=0)
    labels = np.arange(90) % 3
    categories, continuous = model.codes(
        model.generate(90, seed=0, labels=labels)
    )
    assert continuous.shape == (90, 0)
    np.testing.assert_allclose(categories.sum(axis=1), 1.0, atol=1e-5)
    assert np.mean(categories.argmax(axis=1) == labels) > 0.9
