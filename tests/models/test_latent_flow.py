"""LatentFlow: a flow on the latents of a trained autoencoder."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen import data


@pytest.fixture(scope="module")
def images():
    return data.load_arrays("digits")[0][:512]


@pytest.fixture(scope="module")
def vae(images):
    model = kerasgen.VAE((8, 8, 1), latent_dim=4, seed=0)
    model.compile()
    model.fit(images, epochs=20, verbose=0)
    return model


@pytest.fixture(scope="module")
def flow(vae, images):
    model = kerasgen.LatentFlow(vae, seed=0)
    model.compile(keras.optimizers.Adam(3e-3))
    model.fit(images, epochs=40, verbose=0)
    return model


def test_draws_have_the_moments_of_latents(flow, vae, images):
    """Not those of the prior, which are 0 and 1."""
    latents = vae.encode(images)
    drawn = vae.encode(flow.generate(1000, seed=0))
    np.testing.assert_allclose(
        drawn.mean(axis=0), latents.mean(axis=0), atol=0.35
    )
    np.testing.assert_allclose(
        drawn.std(axis=0), latents.std(axis=0), atol=0.35
    )
    # What a latent is measured with.
    np.testing.assert_allclose(
        flow.latent_mean, latents.mean(axis=0), 1e-4, 1e-5
    )
    np.testing.assert_allclose(flow.latent_scale, latents.std(axis=0), 1e-4)


def test_the_autoencoder_stays(flow, vae, images):
    before = [np.array(w) for w in vae.encoder.weights + vae.decoder.weights]
    latents = np.array(flow.latent_mean)
    flow.fit(images * 0.5, epochs=1, verbose=0)
    for old, new in zip(before, vae.encoder.weights + vae.decoder.weights):
        np.testing.assert_array_equal(old, new)
    # Measured once, or what was learned would be of others.
    np.testing.assert_array_equal(latents, flow.latent_mean)


def test_there_and_back(flow, vae, images):
    noise = flow.encode(images[:8])
    assert noise.shape == (8, 4)
    np.testing.assert_allclose(
        flow.decode(noise), vae.reconstruct(images[:8]), atol=0.05
    )


def test_save_load_and_export(flow, tmp_path):
    flow.save(tmp_path / "model.keras")
    loaded = kerasgen.load(tmp_path / "model.keras")
    drawn = flow.generate(5, seed=3)
    np.testing.assert_allclose(
        loaded.generate(5, seed=3), drawn, rtol=0, atol=1e-6
    )
    folder = flow.export(tmp_path / "servable")
    serve = tf.saved_model.load(str(folder)).signatures["generate"]
    seeds = np.stack([np.full(5, 3), np.arange(5)], 1)
    seeds = tf.constant(
        seeds, serve.structured_input_signature[1]["seeds"].dtype
    )
    np.testing.assert_allclose(
        serve(seeds=seeds)["images"], drawn, rtol=0, atol=1e-6
    )


def test_grids_with_classes(images, digit_labels):
    autoencoder = kerasgen.VQVAE((8, 8, 1), latent_dim=4, seed=0)
    model = kerasgen.LatentFlow(
        autoencoder,
        num_classes=10,
        network="mlp",
        network_options={"hidden_units": [16]},
        seed=0,
    )
    model.compile()
    batches = tf.data.Dataset.from_tensor_slices((images[:64], digit_labels))
    model.fit(batches.batch(32), epochs=1, verbose=0)
    assert model.generate(4, seed=0, labels=[1, 2]).shape == (4, 8, 8, 1)
    assert not model.can("complete") and not model.can("log_likelihood")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: kerasgen.DCGAN((8, 8, 1)), "DCGAN"),
        (lambda: keras.Sequential(), "Sequential"),
        (
            lambda: kerasgen.ConditionalVAE((8, 8, 1), num_classes=10),
            "num_classes=10",
        ),
    ],
)
def test_what_is_no_autoencoder(make, message):
    with pytest.raises(ValueError, match=message):
        kerasgen.LatentFlow(make())


def test_latents_of_generators_cannot_be_measured(vae, images):
    model = kerasgen.LatentFlow(vae, seed=0)
    model.compile()
    with pytest.raises(ValueError, match="generator"):
        model.fit((images[:8] for _ in range(2)), verbose=0)
