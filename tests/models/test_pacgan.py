"""The contract and the packs of PacGAN."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.models.gan.discriminator import DiscriminatorInput
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract
from tests.models.test_gan_contract import WITHOUT_DROPOUT


class TestPacGANContract(ModelContract):
    model_class = kerasgen.PacGAN
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {
        "latent_dim": 3,
        "packing": 4,
        "gradient_penalty": 0.5,
    }
    replica_arguments = WITHOUT_DROPOUT
    # Replicas make the same packs where they share a batch by whole packs.
    replica_images = 48
    metric_names = {"d_loss", "g_loss"}


class TestPacGANWithPenalty(TrainingContract):
    model_class = kerasgen.PacGAN
    arguments = {
        **TestPacGANContract.arguments,
        **TestPacGANContract.config_arguments,
    }
    replica_arguments = WITHOUT_DROPOUT
    replica_images = 48
    metric_names = {"d_loss", "g_loss", "penalty"}


def linear_model(packing, **options):
    packed = keras.Input((packing,))
    return kerasgen.PacGAN(
        (1,),
        packing=packing,
        discriminator=keras.Model(packed, keras.layers.Dense(1)(packed)),
        seed=0,
        **options,
    )


def test_packs_hold_neighbours_in_channels(digits):
    model = kerasgen.PacGAN((8, 8, 1), packing=3, seed=0)
    packs = model._packed(
        DiscriminatorInput(tf.constant(digits[:7]), None)
    ).data
    assert packs.shape == (3, 8, 8, 3)
    for row, members in enumerate([(0, 1, 2), (3, 4, 5), (6, 0, 1)]):
        for channel, member in enumerate(members):
            np.testing.assert_array_equal(
                packs[row, :, :, channel], digits[member, :, :, 0]
            )


def test_losses_by_hand():
    model = linear_model(2)
    model.compile()
    rows = np.linspace(-1, 1, 8).astype("float32")[:, None]
    batch = model.next_batch(rows, training=False)
    fake = np.array(model.fake(batch, training=False).data)
    kernel, bias = model.discriminator.get_weights()
    real_logits = rows.reshape(4, 2) @ kernel + bias
    fake_logits = fake @ kernel + bias
    expected = np.logaddexp(0, -real_logits) + np.logaddexp(0, fake_logits)
    found = model.evaluate(rows, batch_size=8, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["d_loss"], expected.mean(), rtol=1e-5)


def test_penalty_is_that_of_the_pack():
    model = linear_model(2, r1=2.0)
    model.compile()
    kernel, _ = model.discriminator.get_weights()
    rows = np.linspace(-1, 1, 8).astype("float32")[:, None]
    found = model.evaluate(rows, batch_size=8, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["penalty"], np.sum(kernel**2), rtol=1e-5)


def test_discriminator_for_single_images_is_refused():
    images = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(images)
    single = keras.Model(images, keras.layers.Dense(1)(flat))
    with pytest.raises(ValueError, match=r"\(None, 8, 8, 2\)"):
        kerasgen.PacGAN((8, 8, 1), discriminator=single)
