"""Directions of latents that change images most."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import tasks


def linear_generator(weights, after=()):
    """A generator whose first layer is a matrix that one gives."""
    latents = keras.Input((weights.shape[0],))
    layer = keras.layers.Dense(weights.shape[1], use_bias=False)
    x = layer(latents)
    for following in after:
        x = following(x)
    x = keras.layers.Dense(64, activation="sigmoid")(x)
    network = keras.Model(latents, keras.layers.Reshape((8, 8, 1))(x))
    layer.set_weights([weights])
    return network


@pytest.fixture(scope="module")
def known():
    """A matrix with directions of known strengths, strongest first."""
    generator = np.random.default_rng(0)
    directions, _ = np.linalg.qr(generator.normal(size=(5, 5)))
    outputs, _ = np.linalg.qr(generator.normal(size=(12, 5)))
    strengths = np.array([9.0, 4.0, 2.0, 0.5, 0.1])
    weights = directions * np.sqrt(strengths) @ outputs.T
    return directions.T, strengths, weights


def alike(found, expected):
    """Cosines of directions, of either sign."""
    return np.abs(np.sum(found * expected, axis=1))


def test_both_find_what_is_known(known):
    directions, strengths, weights = known
    model = kerasgen.GAN((8, 8, 1), 5, generator=linear_generator(weights))
    found, strength = tasks.latent_directions(model)
    np.testing.assert_allclose(alike(found, directions), 1, atol=1e-5)
    np.testing.assert_allclose(strength, strengths, rtol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert (found[np.arange(5), np.abs(found).argmax(axis=1)] > 0).all()
    # Of normal latents, components of a linear layer are the same.
    found, strength = tasks.latent_directions(model, "ganspace", 3)
    np.testing.assert_allclose(alike(found, directions[:3]), 1, atol=0.01)
    np.testing.assert_allclose(strength, strengths[:3], rtol=0.1)


def test_components_are_of_a_layer_by_name(known):
    *_, weights = known
    relu = keras.layers.ReLU(name="of_it")
    network = linear_generator(weights, [relu])
    model = kerasgen.GAN((8, 8, 1), 5, generator=network)
    # By default what enters the second layer of weights, which it is.
    by_default = tasks.latent_directions(model, "ganspace", 2)
    by_name = tasks.latent_directions(model, "ganspace", 2, layer="of_it")
    np.testing.assert_array_equal(by_default[0], by_name[0])
    with pytest.raises(ValueError, match="layer.*'of_it'"):
        tasks.latent_directions(model, "ganspace", layer="of_them")


def test_transposed_convolutions_come_first_too():
    latents = keras.Input((4,))
    x = keras.layers.Reshape((1, 1, 4))(latents)
    layer = keras.layers.Conv2DTranspose(3, 2)
    x = keras.layers.Flatten()(layer(x))
    x = keras.layers.Dense(64, activation="sigmoid")(x)
    network = keras.Model(latents, keras.layers.Reshape((8, 8, 1))(x))
    model = kerasgen.GAN((8, 8, 1), 4, generator=network)
    (direction,), (strength,) = tasks.latent_directions(model, num_directions=1)
    zero, along = (
        np.array(layer(latents.reshape(1, 1, 1, 4)))
        for latents in (np.zeros(4, np.float32), direction)
    )
    assert np.square(along - zero).sum() == pytest.approx(strength, rel=1e-4)


def test_models_of_classes_and_averages(digits, digit_labels):
    """Of rows of latents alone, and of the weights that images are made by."""
    model = kerasgen.ConditionalGAN(
        (8, 8, 1), num_classes=10, latent_dim=4, network="mlp",
        ema_momentum=0.5, seed=0,
    )  # fmt: skip
    model.compile(generator_optimizer=keras.optimizers.SGD(1.0))
    model.fit(digits, digit_labels, epochs=2, verbose=0)
    found, _ = tasks.latent_directions(model)
    assert found.shape == (4, 4)
    assert tasks.latent_directions(model, "ganspace")[0].shape == (4, 4)
    model.use_ema = False
    other, _ = tasks.latent_directions(model)
    assert not np.allclose(found, other, atol=1e-6)
    kernel = np.array(model.generator.trainable_variables[0])[:4]
    _, vectors = np.linalg.eigh(kernel @ kernel.T)
    np.testing.assert_allclose(alike(other, vectors.T[::-1]), 1, atol=1e-4)


def test_vaes_have_some_and_flows_have_none():
    model = kerasgen.VAE((8, 8, 1), 3)
    assert tasks.latent_directions(model)[0].shape == (3, 3)
    flow = kerasgen.FlowMatching((8, 8, 1), network="mlp")
    with pytest.raises(ValueError, match="VAE"):
        tasks.latent_directions(flow)
    convolutional = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Reshape((2, 2, 1)),
            keras.layers.Conv2DTranspose(1, 4, 4, activation="sigmoid"),
        ]
    )
    model = kerasgen.GAN((8, 8, 1), 4, generator=convolutional)
    with pytest.raises(ValueError, match="ganspace"):
        tasks.latent_directions(model)
    assert len(tasks.latent_directions(model, "ganspace", 2)[0]) == 2
