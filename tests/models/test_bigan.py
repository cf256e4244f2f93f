"""The contract and the game of BiGAN."""

import keras
import numpy as np
import pytest

import kerasgen
from tests.model_contract import ModelContract
from tests.models.test_gan_contract import WITHOUT_DROPOUT


class TestBiGANContract(ModelContract):
    model_class = kerasgen.BiGAN
    arguments = {"network_options": {"hidden_units": [24, 16]}}
    config_arguments = {"latent_dim": 3}
    replica_arguments = WITHOUT_DROPOUT
    metric_names = {"d_loss", "g_loss"}

    def test_arguments_are_not_defaults(self):
        assert self.config_arguments["latent_dim"] == 3


def dense_model(**options):
    """A BiGAN whose networks are single dense layers."""
    images, latents = keras.Input((8, 8, 1)), keras.Input((3,))
    flat = keras.layers.Flatten()(images)
    both = keras.layers.Concatenate()([flat, latents])
    pixels = keras.layers.Dense(64, activation="sigmoid")(latents)
    networks = {
        "encoder": keras.Model(images, keras.layers.Dense(3)(flat)),
        "generator": keras.Model(
            latents, keras.layers.Reshape((8, 8, 1))(pixels)
        ),
        "discriminator": keras.Model(
            [images, latents], keras.layers.Dense(1)(both)
        ),
    }
    return kerasgen.BiGAN((8, 8, 1), 3, seed=0, **{**networks, **options})


def test_losses_by_hand(digits):
    model = dense_model()
    model.compile()
    batch = model.next_batch(digits, training=False)
    latents = [batch.normal((3,)).numpy() for _ in range(2)]
    kernel, bias = model.discriminator.get_weights()

    def logits(images, latents):
        flat = np.array(images).reshape(64, 64)
        return np.concatenate([flat, latents], axis=1) @ kernel + bias

    def softplus(x):
        return np.logaddexp(0, x).mean()

    real = logits(digits, model.encoder(digits))
    first, second = (logits(model.generator(z), z) for z in latents)
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    d_loss = softplus(-real) + softplus(first)
    np.testing.assert_allclose(found["d_loss"], d_loss, rtol=1e-5)
    # Real and fake exchanged, for generator and encoder together.
    g_loss = softplus(real) + softplus(-second)
    np.testing.assert_allclose(found["g_loss"], g_loss, rtol=1e-5)


def test_labels_are_smoothed_for_the_discriminator_alone(digits):
    found = []
    for smoothing in (0.0, 0.2):
        keras.utils.set_random_seed(0)
        model = dense_model(label_smoothing=smoothing)
        model.compile()
        found.append(model.evaluate(digits, verbose=0, return_dict=True))
    assert found[0]["g_loss"] == found[1]["g_loss"]
    assert abs(found[0]["d_loss"] - found[1]["d_loss"]) > 1e-3


def test_encoder_is_averaged_too(digits):
    model = dense_model(ema_momentum=0.5)
    model.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.0))
    weights = [model.encoder.get_weights()]
    for _ in range(3):
        model.fit(digits, batch_size=64, verbose=0)
        weights.append(model.encoder.get_weights())
    averages = weights[1]
    for later in weights[2:]:
        averages = [(a + w) / 2 for a, w in zip(averages, later)]
    encoded = model.encode(digits)
    model.use_ema = False
    assert np.abs(model.encode(digits) - encoded).max() > 1e-3
    model.encoder.set_weights(averages)
    np.testing.assert_allclose(
        model.encode(digits), encoded, rtol=1e-4, atol=1e-5
    )


def test_encoder_and_generator_move_together(digits):
    model = dense_model()
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0))
    networks = model.encoder, model.generator, model.discriminator
    before = [network.get_weights() for network in networks]
    model.fit(digits, verbose=0)
    for network, old, moves in zip(networks, before, (True, True, False)):
        for first, second in zip(old, network.get_weights()):
            assert np.array_equal(first, second) is not moves


def test_discriminator_of_wrong_inputs_is_refused():
    images = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(images)
    wrong = keras.Model(images, keras.layers.Dense(1)(flat))
    with pytest.raises(ValueError, match=r"discriminator.*list of inputs"):
        dense_model(discriminator=wrong)
