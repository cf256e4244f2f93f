"""What tasks read from a model's table of endpoints."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen.tasks import requirements
from tests.models import probes

IMAGES = np.random.default_rng(0).random((6, 8, 8, 1), "float32")
LABELS = np.arange(6) % 3


def model_of(cls, **arguments):
    keras.utils.set_random_seed(0)
    options = {"hidden_units": [8]}
    return cls(
        (8, 8, 1), network="mlp", network_options=options, seed=0, **arguments
    )


@pytest.mark.parametrize("cls", [kerasgen.GAN, kerasgen.BiGAN])
def test_logits_are_those_of_a_call(cls):
    model = model_of(cls)
    found = model.call_endpoint("discriminate", IMAGES)
    np.testing.assert_allclose(found, model(IMAGES)[:, 0], atol=1e-5)


@pytest.mark.parametrize("cls", [kerasgen.ACGAN, kerasgen.ConditionalGAN])
def test_logits_of_classes_are_those_of_a_call(cls):
    model = model_of(cls, num_classes=3)
    found = model.call_endpoint("discriminate", IMAGES, LABELS)
    expected = model((IMAGES, LABELS))[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_logits_of_packs_are_of_copies():
    model = model_of(kerasgen.PacGAN, packing=2)
    found = model.call_endpoint("discriminate", IMAGES)
    expected = model(np.repeat(IMAGES, 2, axis=0))[::2, 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_log_prior_is_that_of_what_is_drawn():
    model = model_of(kerasgen.Autoencoder, latent_dim=2)
    model.code_density.mean.assign([1.0, 0.0])
    model.code_density.covariance.assign([[4.0, 0.0], [0.0, 1.0]])
    latents = np.array([[1.0, 0.0], [3.0, 0.0], [1.0, 2.0]], "float32")
    found = model.call_endpoint("log_prior", latents)
    np.testing.assert_allclose(found, [0.0, -0.5, -2.0], atol=1e-3)


@pytest.mark.parametrize(
    ("check", "model", "message"),
    [
        (
            requirements.check_vectors,
            lambda: probes.Flow((4, 4, 1)),
            "must have lat",
        ),
        (requirements.check_of_images, lambda: kerasgen.VAE((3,), 2), "Rows"),
        (
            requirements.check_of_images,
            lambda: probes.NextToken(4, 3),
            "Tokens",
        ),
        (
            requirements.check_of_images,
            lambda: probes.Translator((4, 4, 1), (4, 4, 3)),
            "draws nothing by itself",
        ),
    ],
)
def test_models_that_do_not_fit_are_refused(check, model, message):
    with pytest.raises(ValueError, match=message):
        check(model())
    check(kerasgen.VAE((8, 8, 1), 2))
