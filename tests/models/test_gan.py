"""What only GAN does."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.losses.adversarial import NAMES


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
    batch = model.next_batch(digits, training=False)
    fake, other_fake = (
        model.fake(batch, training=False).data for _ in range(2)
    )
    kernel, bias = (np.array(w) for w in model.discriminator.weights)
    real_logits, fake_logits, other_logits = (
        np.array(images).reshape(64, 64) @ kernel + bias
        for images in (digits, fake, other_fake)
    )
    d_loss = np.mean(
        softplus(-real_logits) + 0.1 * real_logits + softplus(fake_logits)
    )
    g_loss = np.mean(
        softplus(-other_logits)
        if loss == "non_saturating"
        else -softplus(other_logits)
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
    with pytest.raises(ValueError, match="generator_optimizer.*Make two"):
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


def test_penalties_by_hand(digits):
    """The gradient of one dense layer is its kernel, whatever the image."""
    model = linear_gan(gradient_penalty=10.0, r1=3.0, r2=5.0)
    model.compile()
    kernel, _ = model.discriminator.get_weights()
    norm = np.linalg.norm(kernel)
    found = model.evaluate(digits, verbose=0, return_dict=True)["penalty"]
    expected = 10 * (norm - 1) ** 2 + (3 + 5) / 2 * norm**2
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_relativistic_generator_sees_real_images(digits):
    model = linear_gan(loss="relativistic")
    model.compile()
    batch = model.next_batch(digits, training=False)
    logits = [
        model.discriminator(images).numpy()
        for images in (
            digits,
            model.fake(batch, training=False).data,
            model.fake(batch, training=False).data,
        )
    ]
    real, first, second = logits
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    np.testing.assert_allclose(
        found["d_loss"], softplus(first - real).mean(), rtol=1e-5
    )
    np.testing.assert_allclose(
        found["g_loss"], softplus(real - second).mean(), rtol=1e-5
    )


@pytest.mark.parametrize("loss", NAMES)
def test_every_loss_trains(digits, loss):
    # The bias of the logit alone may stay: it cancels where logits are
    # subtracted.
    model = linear_gan(loss=loss)
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    before = [np.array(w) for w in model.trainable_weights]
    history = model.fit(digits, epochs=2, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    for weight, old in zip(model.trainable_weights, before):
        if weight.shape != (1,):
            assert not np.array_equal(old, np.array(weight)), weight.path


def test_weights_are_clipped(digits):
    model = linear_gan(weight_clipping=0.02)
    model.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0))
    model.fit(digits, verbose=0)
    for weight in model.discriminator.get_weights():
        assert 0 < np.abs(weight).max() <= 0.02 + 1e-8
    assert max(np.abs(w).max() for w in model.generator.get_weights()) > 0.02


@pytest.mark.parametrize("augment", ["diffaugment", "adaptive"])
def test_real_and_fake_are_augmented_alike(digits, augment):
    model = linear_gan(augment=augment)
    plain = linear_gan()
    plain.generator.set_weights(model.generator.get_weights())
    if augment == "adaptive":
        model.augmentation.probability.assign(1.0)

    def changes(training):
        batch, other = (m.next_batch(digits) for m in (model, plain))
        # Fakes first, of the same noise.
        for part in ("fake", "real"):
            seen = getattr(model, part)(batch, training).data
            unchanged = getattr(plain, part)(other, training).data
            yield float(tf.reduce_mean(tf.abs(seen - unchanged)))

    assert list(changes(training=False)) == [0, 0]
    assert min(changes(training=True)) > 0.02
    # The generator learns through what the discriminator sees.
    with tf.GradientTape() as tape:
        losses = model._losses_of_generator(model.next_batch(digits), True)
    kernel, _ = model.generator.trainable_variables
    gradient = tape.gradient(losses["g_loss"], kernel.value)
    assert float(tf.reduce_max(tf.abs(gradient))) > 0


@pytest.mark.parametrize(
    "loss, real, fake, is_overfitted",
    [
        ("non_saturating", 0.5, -3.0, True),
        ("non_saturating", -0.5, -3.0, False),
        ("least_squares", 0.6, 0.0, True),
        ("least_squares", 0.4, 0.0, False),
        ("relativistic", -1.0, -2.0, True),
        ("wasserstein", 1.0, 2.0, False),
    ],
)
def test_augmentation_follows_overfitting(
    digits, loss, real, fake, is_overfitted
):
    model = linear_gan(augment="adaptive", loss=loss, augment_images=1000)
    model.augmentation.probability.assign(0.5)
    batch = model.next_batch(digits)
    for _ in range(4):
        model.adapt_augmentation(
            batch, tf.fill((64,), real), tf.fill((64,), fake)
        )
    step = float(model.augmentation.probability) - 0.5
    assert step == pytest.approx(0.256 if is_overfitted else -0.256, rel=1e-5)


def test_augmentation_is_of_images():
    with pytest.raises(ValueError, match="augment.*images.*'adaptive'"):
        kerasgen.GAN((3,), 2, augment="adaptive")
    with pytest.raises(ValueError, match="'diffaugment', 'adaptive'"):
        kerasgen.GAN((8, 8, 1), 2, augment="flip")


def test_instance_noise_fades(digits):
    model = linear_gan(instance_noise=0.5, instance_noise_steps=4)
    deviations = []
    for _ in range(6):
        batch = model.next_batch(digits)
        noise = model.real(batch, training=True).data - digits
        deviations.append(float(np.std(noise)))
    # Five standard errors of the deviation of 4,096 numbers.
    expected = 0.5 * np.maximum(1 - np.arange(1, 7) / 4, 0)
    np.testing.assert_allclose(deviations, expected, atol=0.5 * 5 / 90)
    np.testing.assert_array_equal(
        model.real(model.next_batch(digits, False), training=False).data,
        digits,
    )


def test_average_of_the_generator(digits, tmp_path):
    model = linear_gan(ema_momentum=0.5)
    model.compile(keras.optimizers.SGD(0.3), keras.optimizers.SGD(0.3))
    untrained = model.generate(2, seed=0)
    history = [model.generator.get_weights()]

    class Record(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            history.append(model.generator.get_weights())

    model.fit(digits, batch_size=16, verbose=0, callbacks=[Record()])
    # Training itself goes on from the weights of the last step.
    for last, now in zip(history[-1], model.generator.get_weights()):
        np.testing.assert_array_equal(last, now)
    averages = history[1]
    for weights in history[2:]:
        averages = [0.5 * a + 0.5 * w for a, w in zip(averages, weights)]
    kernel, bias = averages
    latents = model.latents_from_seeds(np.array([[0, 0], [0, 1]], np.int32))
    expected = 1 / (1 + np.exp(-(latents.numpy() @ kernel + bias)))
    averaged = model.generate(2, seed=0)
    np.testing.assert_allclose(averaged.reshape(2, 64), expected, atol=1e-6)
    model.use_ema = False
    last = model.generate(2, seed=0)
    kernel, bias = history[-1]
    expected = 1 / (1 + np.exp(-(latents.numpy() @ kernel + bias)))
    np.testing.assert_allclose(last.reshape(2, 64), expected, atol=1e-6)
    assert np.abs(last - averaged).max() > 1e-4
    assert np.abs(untrained - averaged).max() > 1e-4
    # An export holds the averages, and those weights alone.
    model.use_ema = True
    folder = model.export(tmp_path)
    served = tf.saved_model.load(folder)
    images = served.signatures["serving_default"](latents)["images"]
    np.testing.assert_allclose(images, averaged, atol=1e-6)
    stored = tf.train.list_variables(str(folder / "variables" / "variables"))
    assert sum(math.prod(shape) for _, shape in stored if shape) == 3 * 64


def test_average_of_the_discriminator_is_refused():
    optimizer = keras.optimizers.SGD(0.1, use_ema=True)
    with pytest.raises(ValueError, match="discriminator_optimizer.*use_ema"):
        linear_gan().compile(discriminator_optimizer=optimizer)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"loss": "least"}, "'least_squares'.*'least'"),
        ({"loss": "hinge", "label_smoothing": 0.1}, "label_smoothing.*'hinge'"),
        ({"gradient_penalty": -1.0}, "gradient_penalty=-1"),
        ({"gradient_penalty_sides": 3}, "gradient_penalty_sides=3"),
        ({"weight_clipping": 0}, "weight_clipping=0"),
        ({"ema_momentum": 1.5}, "ema_momentum=1.5"),
        ({"spectral_normalization": True}, "with_unit_norm"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        linear_gan(**options)
