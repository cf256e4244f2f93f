"""What only GAN does."""

import keras
import numpy as np
import pytest

import kerasgen


def linear_gan(**options):
    """A GAN whose networks are single dense layers."""
    latents, inputs = keras.Input((2,)), keras.Input((8, 8, 1))
    pixels = keras.layers.Dense(64, activation="sigmoid")(latents)
    generator = keras.Model(latents, keras.layers.Reshape((8, 8, 1))(pixels))
    flat = keras.layers.Flatten()(inputs)
    discriminator = keras.Model(inputs, keras.layers.Dense(1)(flat))
    return kerasgen.GAN(
        (8, 8, 1),
        2,
        generator=generator,
        discriminator=discriminator,
        seed=0,
        **options,
    )


def softplus(x):
    return np.logaddexp(0, x)


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
def test_losses_by_hand(digits, loss):
    model = linear_gan(loss=loss, label_smoothing=0.1)
    model.compile()
    fake = model._fake_images(
        model.next_batch(digits, training=False), training=False
    )
    kernel, bias = (np.array(w) for w in model.discriminator.weights)
    real_logits, fake_logits = (
        np.array(images).reshape(64, 64) @ kernel + bias
        for images in (digits, fake)
    )
    d_loss = np.mean(
        softplus(-real_logits) + 0.1 * real_logits + softplus(fake_logits)
    )
    g_loss = np.mean(
        softplus(-fake_logits)
        if loss == "non_saturating"
        else -softplus(fake_logits)
    )
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["d_loss"], d_loss, rtol=1e-5)
    np.testing.assert_allclose(found["g_loss"], g_loss, rtol=1e-5)


def test_each_step_moves_its_own_network_only(digits):
    for frozen, moving in (
        ("generator", "discriminator"),
        ("discriminator", "generator"),
    ):
        model = linear_gan()
        model.compile(
            **{
                f"{frozen}_optimizer": keras.optimizers.SGD(0.0),
                f"{moving}_optimizer": keras.optimizers.SGD(0.1),
            }
        )
        before = {
            name: getattr(model, name).get_weights()
            for name in (frozen, moving)
        }
        model.fit(digits, verbose=0)
        for old, new in zip(before[frozen], getattr(model, frozen).weights):
            np.testing.assert_array_equal(old, new)
        for old, new in zip(before[moving], getattr(model, moving).weights):
            assert not np.array_equal(old, np.array(new))


def test_each_network_goes_down_its_own_loss(digits):
    # One step of the generator lowers the loss that the discriminator raises.
    model = linear_gan()
    model.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(0.0))
    before = model.evaluate(digits, verbose=0, return_dict=True)
    model.fit(digits, epochs=3, verbose=0)
    after = model.evaluate(digits, verbose=0, return_dict=True)
    assert after["g_loss"] < before["g_loss"]
    assert after["d_loss"] > before["d_loss"]


def test_discriminator_steps_are_taken(digits):
    model = linear_gan(discriminator_steps=3)
    model.compile()
    model.fit(digits, batch_size=16, verbose=0)
    assert int(model.generator_optimizer.iterations) == 4
    assert int(model.discriminator_optimizer.iterations) == 12


def test_one_optimizer_for_both_is_refused():
    optimizer = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="discriminator_optimizer.*Make two"):
        linear_gan().compile(optimizer, optimizer)


def test_losses_of_the_user_are_refused():
    with pytest.raises(ValueError, match="loss='mse'"):
        linear_gan().compile(loss="mse")


def test_call_gives_logits(digits):
    model = linear_gan()
    np.testing.assert_array_equal(model(digits), model.discriminator(digits))
    assert model.predict(digits, verbose=0).shape == (64, 1)


@pytest.mark.parametrize(
    ("part", "activation", "words"),
    [
        ("generator", "tanh", "Rescaling"),
        ("discriminator", "sigmoid", "logits"),
    ],
)
def test_wrong_final_activations_are_refused(part, activation, words):
    if part == "generator":
        inputs, units, shape = keras.Input((2,)), 64, (8, 8, 1)
    else:
        inputs, units, shape = keras.Input((8, 8, 1)), 1, (1,)
    x = keras.layers.Flatten()(inputs)
    x = keras.layers.Dense(units)(x)
    x = keras.layers.Reshape(shape)(x)
    network = keras.Model(inputs, keras.layers.Activation(activation)(x))
    with pytest.raises(ValueError, match=words):
        kerasgen.GAN((8, 8, 1), 2, **{part: network})


def test_learns_a_mean(digits):
    """A generator of rows finds where the data are."""
    rows = np.random.default_rng(0).normal((3, -2), 0.5, (256, 2))
    rows = rows.astype("float32")
    model = kerasgen.GAN((2,), 2, seed=0)
    model.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.5),
        keras.optimizers.Adam(1e-3, beta_1=0.5),
    )
    model.fit(rows, batch_size=64, epochs=60, verbose=0)
    drawn = model.generate(500, seed=0)
    np.testing.assert_allclose(drawn.mean(axis=0), (3, -2), atol=1.0)
