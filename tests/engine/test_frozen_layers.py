"""Layers that are frozen stay so in files, and optimizers keep their state."""

import warnings

import keras
import numpy as np
import pytest

import kerasgen

IMAGES = np.random.default_rng(0).random((32, 8, 8, 1)).astype("float32")
SMALL = {"latent_dim": 2, "network_options": {"hidden_units": [4]}, "seed": 0}


@pytest.fixture(autouse=True)
def no_state_is_dropped():
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*Skipping variable loading")
        yield


def new_vae(**options):
    return kerasgen.VAE((8, 8, 1), **{**SMALL, **options})


def fit(model, epochs=2, **options):
    model.fit(IMAGES, batch_size=16, epochs=epochs, verbose=0, **options)


def reloaded(model, path, load=keras.saving.load_model):
    model.save(path / "model.keras")
    return load(path / "model.keras")


def flags(model):
    return [layer.trainable for layer in model._flatten_layers()]


def assert_goes_on_alike(model, loaded, frozen):
    """Both train on alike, and what is frozen of the first does not move."""
    assert flags(loaded) == flags(model)
    assert frozen
    before = [np.array(weight) for weight in frozen]
    for each in (model, loaded):
        fit(each, epochs=3, initial_epoch=2)
    for weight, old in zip(frozen, before):
        np.testing.assert_array_equal(weight, old)
    for one, other in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(model.optimizers, loaded.optimizers, strict=True):
        for a, b in zip(one.variables, other.variables, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("load", [keras.saving.load_model, kerasgen.load])
def test_encoder(load, tmp_path):
    model = new_vae()
    model.encoder.trainable = False
    model.compile()
    fit(model)
    loaded = reloaded(model, tmp_path, load)
    assert loaded.encoder.trainable is False
    assert_goes_on_alike(model, loaded, model.encoder.weights)


def test_single_layers_and_weights_however_they_are_nested(tmp_path):
    model = kerasgen.VQVAE((8, 8, 1), latent_dim=2, network="mlp", seed=0)
    inner = model.decoder.layers[-1]
    assert isinstance(inner, keras.Model)
    inner.layers[-2].trainable = False
    model.prior.trainable = False
    # One of a network that is frozen otherwise counts for nothing to Keras,
    # and one weight is frozen by itself.
    model.prior.layers[-1].trainable = True
    bias = next(w for w in model.encoder.weights if w.name == "bias")
    bias.trainable = False
    model.compile()
    fit(model)
    loaded = reloaded(model, tmp_path)
    trainable = [w.path for w in model.trainable_weights]
    assert len(trainable) == len(loaded.trainable_weights)
    assert loaded.prior.layers[-1].trainable
    assert not loaded.prior.layers[-2].trainable
    frozen = [bias, *inner.layers[-2].weights, *model.prior.weights]
    assert_goes_on_alike(model, loaded, frozen)


def test_generator_of_a_gan_and_one_layer_of_its_discriminator(tmp_path):
    model = kerasgen.SNGAN((8, 8, 1), latent_dim=2, network="mlp", seed=0)
    model.generator.trainable = False
    layer = next(
        layer
        for layer in model.discriminator.layers
        if isinstance(layer, keras.layers.SpectralNormalization)
    )
    layer.trainable = False
    model.compile()
    fit(model)
    loaded = reloaded(model, tmp_path)
    frozen = [*model.generator.weights, *layer.weights]
    assert_goes_on_alike(model, loaded, frozen)


@pytest.mark.parametrize("part", ["quantizer", "code_density"])
def test_layers_that_no_optimizer_moves(part, tmp_path):
    if part == "quantizer":
        model = kerasgen.VQVAE((8, 8, 1), latent_dim=2, network="mlp", seed=0)
    else:
        model = kerasgen.Autoencoder((8, 8, 1), **SMALL)
    getattr(model, part).trainable = False
    model.compile()
    fit(model)
    loaded = reloaded(model, tmp_path)
    assert_goes_on_alike(model, loaded, getattr(model, part).weights)


@pytest.mark.parametrize("whole", [False, True])
def test_own_networks(whole, tmp_path):
    encoder = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(4),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(4),
        ]
    )
    frozen = encoder if whole else encoder.layers[2]
    frozen.trainable = False
    model = new_vae(encoder=encoder)
    model.compile()
    fit(model)
    loaded = reloaded(model, tmp_path)
    assert_goes_on_alike(model, loaded, frozen.weights)


def test_all_of_a_model(tmp_path):
    model = new_vae()
    model.trainable = False
    loaded = reloaded(model, tmp_path)
    assert flags(loaded) == flags(model)
    assert not any(flags(loaded))


def test_without_compiling_again(tmp_path):
    model = new_vae()
    model.compile()
    fit(model)
    model.decoder.trainable = False
    loaded = reloaded(model, tmp_path)
    assert flags(loaded) == flags(model)
    assert loaded.get_compile_config() == model.get_compile_config()
    for a, b in zip(
        model.optimizer.variables, loaded.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(a, b)
    before = [np.array(w) for w in loaded.decoder.weights]
    fit(loaded)
    for weight, old in zip(loaded.decoder.weights, before):
        np.testing.assert_array_equal(weight, old)


def test_compiled_frozen_and_thawed_later(tmp_path):
    model = new_vae()
    model.decoder.trainable = False
    model.compile()
    fit(model)
    model.decoder.trainable = True
    loaded = reloaded(model, tmp_path)
    assert flags(loaded) == flags(model)
    assert all(flags(loaded))
    for a, b in zip(
        model.optimizer.variables, loaded.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_checkpoint_goes_on(tmp_path):
    def train(epochs):
        keras.utils.set_random_seed(0)
        model = new_vae()
        model.encoder.trainable = False
        model.compile()
        folder = tmp_path / f"of_{epochs}" if epochs == 3 else tmp_path / "two"
        checkpoint = kerasgen.callbacks.Checkpoint(folder, restore=True)
        fit(model, epochs=epochs, callbacks=[checkpoint])
        return model

    whole = train(3)
    train(2)
    (tmp_path / "of_3").rename(tmp_path / "whole")
    (tmp_path / "two").rename(tmp_path / "of_3")
    resumed = train(3)
    for one, other in zip(whole.weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_config_names_what_is_frozen_and_nothing_else():
    model = new_vae()
    assert "trainability" not in model.get_config()
    model.decoder.trainable = False
    model.encoder.layers[-1].trainable = False
    config = model.get_config()
    assert config["trainability"] == {
        "encoder/Dense_1": False,
        "decoder": False,
    }
    assert kerasgen.VAE.from_config(config).get_config() == config
    config["trainability"] = {"encoder/Dense_7": False}
    with pytest.raises(ValueError, match="Dense_7"):
        kerasgen.VAE.from_config(config)


def test_export_in_another_type():
    model = new_vae()
    model.encoder.trainable = False
    twin = model._computing_in("bfloat16")
    assert flags(twin) == flags(model)
    for one, other in zip(model.weights, twin.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_files_from_before(tmp_path):
    encoder = keras.models.clone_model(new_vae().encoder)
    encoder.layers[-1].trainable = False
    model = new_vae(encoder=encoder)
    config = model.get_config()
    # As it was written.
    del config["trainability"]
    loaded = kerasgen.VAE.from_config(config)
    assert flags(loaded) == flags(model)
