"""Densities of latents, and what is drawn from them."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import data
from kerasgen import metrics
from kerasgen import tasks


@pytest.fixture(scope="module")
def digits():
    return data.load_arrays("digits")


@pytest.fixture(scope="module")
def vae(digits):
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE((8, 8, 1), 8, network="mlp", seed=0)
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(digits[0], batch_size=32, epochs=30, verbose=0)
    return model


def test_draws_have_the_moments_of_latents(vae, digits, monkeypatch):
    images, _ = digits
    sampler = tasks.LatentSampler(vae, num_components=1).fit(images)
    latents = vae.encode(images)
    seen = []
    decode = vae.decode

    def spy(rows, **options):
        seen.append(rows)
        return decode(rows, **options)

    monkeypatch.setattr(vae, "decode", spy)
    drawn = sampler.generate(20_000, seed=0)
    assert drawn.shape == (20_000, 8, 8, 1)
    np.testing.assert_allclose(
        seen[0].mean(axis=0), latents.mean(axis=0), atol=0.05
    )
    np.testing.assert_allclose(np.cov(seen[0].T), np.cov(latents.T), atol=0.06)


def test_classes_are_those_asked_for(vae, digits):
    """A model without classes draws them, by a density a class."""
    sampler = tasks.LatentSampler(vae, num_components=3).fit(*digits)
    labels = np.arange(500) % 10
    drawn = sampler.generate(500, seed=0, labels=labels)
    classifier = metrics.classifier_network("digits")
    found = classifier.predict(drawn, verbose=0).argmax(axis=1)
    assert (found == labels).mean() > 0.8
    np.testing.assert_array_equal(
        drawn, sampler.generate(500, seed=0, labels=labels)
    )
    assert (drawn != sampler.generate(500, seed=1, labels=labels)).any()
    more, of_more = tasks.augment(sampler, digits[0][:40], digits[1][:40], 2)
    assert len(more) == len(of_more) == 120


def test_conditional_models(digits):
    images, labels = digits
    model = kerasgen.ConditionalVAE((8, 8, 1), num_classes=10, seed=0)
    with pytest.raises(ValueError, match="`labels` must be given"):
        tasks.LatentSampler(model).fit(images)
    sampler = tasks.LatentSampler(model, 2).fit(images, labels)
    assert sampler.generate(3, seed=0, labels=[1, 2, 3]).shape == (3, 8, 8, 1)


def test_bad_input(vae, digits):
    images, labels = digits
    with pytest.raises(ValueError, match="an encoder"):
        tasks.LatentSampler(kerasgen.GAN((8, 8, 1)))
    with pytest.raises(ValueError, match="grids of codes"):
        tasks.LatentSampler(kerasgen.VQVAE((8, 8, 1)))
    sampler = tasks.LatentSampler(vae)
    with pytest.raises(RuntimeError, match="call `fit` first"):
        sampler.generate(3)
    with pytest.raises(ValueError, match="at least 10"):
        sampler.fit(images[:20], labels[:20])
    few = (labels != 7) | (np.cumsum(labels == 7) <= 4)
    with pytest.raises(ValueError, match="4 of class 7. Lower `num_comp"):
        sampler.fit(images[few], labels[few])
    sampler.fit(images)
    with pytest.raises(ValueError, match="given no labels"):
        sampler.generate(3, labels=1)
    odd = labels % 2 == 1
    sampler.fit(images[odd], labels[odd])
    with pytest.raises(ValueError, match="classes of the images"):
        sampler.generate(3, labels=2)
