"""Keras's setting of the data format changes nothing."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import networks
from kerasgen.metrics.feature_network import _to_features

SHAPE = (9, 8, 1)  # Not square, and not a power of two: what crops is built.


@pytest.fixture
def channels_first():
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


@pytest.fixture
def images():
    return np.random.default_rng(0).random((8, *SHAPE), "float32")


def data_formats(network):
    return {
        layer.data_format
        for layer in network._flatten_layers()
        if hasattr(layer, "data_format")
    }


def small_options(network):
    return {"hidden_units": [8]} if network == "mlp" else {"filters": 2}


@pytest.mark.parametrize("network", networks.NETWORKS)
@pytest.mark.parametrize("part", ["encoder", "discriminator"])
def test_networks_on_images(channels_first, images, network, part):
    built = networks.build(
        network,
        part,
        data_shape=SHAPE,
        options=small_options(network),
        num_outputs=3,
    )
    assert built(images).shape == (8, 3)
    assert data_formats(built) == {"channels_last"}


@pytest.mark.parametrize("network", networks.NETWORKS)
@pytest.mark.parametrize("part", ["decoder", "generator"])
def test_networks_on_latents(channels_first, network, part):
    built = networks.build(
        network,
        part,
        data_shape=SHAPE,
        options=small_options(network),
        latent_dim=3,
    )
    assert built(np.zeros((2, 3), "float32")).shape == (2, *SHAPE)
    assert data_formats(built) <= {"channels_last"}


SMALL = {"network": "dcgan", "network_options": {"filters": 2}}
RESIDUAL = {"network": "resnet", "network_options": {"filters": 2}}
DENSE = {"network": "mlp", "network_options": {"hidden_units": [4]}}
MODELS = {
    "VAE": SMALL,
    "GAN": RESIDUAL | {"spectral_normalization": True},
    "BiGAN": SMALL,
    "ConditionalVAE": DENSE | {"num_classes": 2},
    "VQVAE": RESIDUAL | {"prior_filters": 2, "num_embeddings": 4},
}


@pytest.mark.parametrize("name", MODELS)
def test_models_train_and_are_the_same_elsewhere(images, tmp_path, name):
    settings = "channels_first", "channels_last"
    labels = np.arange(8) % 2 if name.startswith("Conditional") else None
    generated, loaded = {}, {}
    try:
        for setting in settings:
            keras.config.set_image_data_format(setting)
            keras.utils.set_random_seed(0)
            model = getattr(kerasgen, name)(
                SHAPE, latent_dim=2, seed=0, **MODELS[name]
            )
            model.compile()
            model.fit(images, labels, verbose=0)
            model.save(tmp_path / f"{setting}.keras")
            generated[setting] = model.generate(3, seed=0)
        for setting, other in zip(settings, reversed(settings)):
            keras.config.set_image_data_format(setting)
            path = tmp_path / f"{other}.keras"
            model = keras.saving.load_model(path)
            loaded[other] = model.generate(3, seed=0)
            model.fit(images, labels, verbose=0)
    finally:
        keras.config.set_image_data_format("channels_last")
    for found in (*generated.values(), *loaded.values()):
        np.testing.assert_allclose(found, generated["channels_last"], atol=1e-6)


def test_the_features_of_metrics(channels_first):
    inputs = keras.Input(SHAPE)
    outputs = _to_features(inputs, iter(range(99)), [8, 16])
    assert data_formats(keras.Model(inputs, outputs)) == {"channels_last"}
