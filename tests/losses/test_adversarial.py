"""Against numbers worked out by hand, and TensorFlow's cross-entropy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import losses
from kerasgen.losses.adversarial import NAMES

REAL = np.array([[2.0], [-1.0], [0.0]], np.float32)
FAKE = np.array([[-3.0], [0.5], [0.0]], np.float32)


def cross_entropy(target, logits):
    """Keras's, a row."""
    target = np.full_like(logits, target)
    return tf.keras.losses.BinaryCrossentropy(
        from_logits=True, reduction="none"
    )(target, logits)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("name", ["minimax", "non_saturating"])
def test_discriminator_loss_is_cross_entropy(name, smoothing):
    loss, _ = losses.adversarial_losses(name, smoothing)
    expected = cross_entropy(1 - smoothing, REAL) + cross_entropy(0.0, FAKE)
    np.testing.assert_allclose(loss(REAL, FAKE), expected, rtol=1e-6)


def test_discriminator_loss_by_hand():
    # log(1 + e^-2) + log(1 + e^-3), log(1 + e) + log(1 + e^0.5), 2 log 2.
    expected = [0.1269280 + 0.0485874, 1.3132617 + 0.9740770, 1.3862944]
    loss = losses.minimax_discriminator_loss(REAL, FAKE)
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    # Smoothing adds s * logit: 0.1 * (2, -1, 0).
    smoothed = losses.minimax_discriminator_loss(REAL, FAKE, 0.1)
    np.testing.assert_allclose(
        smoothed, np.add(expected, [0.2, -0.1, 0]), rtol=1e-6
    )


def test_generator_losses_by_hand():
    # -log D = log(1 + e^-l), log(1 - D) = -log(1 + e^l) at l = -3, 0.5, 0.
    np.testing.assert_allclose(
        losses.non_saturating_generator_loss(FAKE),
        [3.0485874, 0.4740770, 0.6931472],
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        losses.minimax_generator_loss(FAKE),
        [-0.0485874, -0.9740770, -0.6931472],
        rtol=1e-6,
    )


def test_minimax_saturates_and_the_other_does_not():
    logits = tf.Variable([-10.0])
    gradients = []
    for name in ("minimax", "non_saturating"):
        _, loss = losses.adversarial_losses(name)
        with tf.GradientTape() as tape:
            value = loss(logits)
        gradients.append(float(tape.gradient(value, logits)[0]))
    # -sigmoid(-10) and -(1 - sigmoid(-10)).
    np.testing.assert_allclose(
        gradients, [-4.5397869e-5, -0.9999546], rtol=1e-5
    )


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_losses_stay_finite(logit):
    logits = tf.constant([logit])
    for name in NAMES:
        discriminator_loss, generator_loss = losses.adversarial_losses(name)
        assert np.isfinite(discriminator_loss(logits, -logits)).all()
        assert np.isfinite(generator_loss(logits, -logits)).all()


def test_unknown_name_lists_the_known():
    with pytest.raises(
        ValueError, match="'minimax', 'non_saturating'.*'least'"
    ):
        losses.adversarial_losses("least")


@pytest.mark.parametrize(
    ("name", "d_loss", "g_loss"),
    [
        # Rows: real 2, -1, 0 and fake -3, 0.5, 0.
        # Half of 1 + 9, 4 + 0.25 and 1; half of 16, 0.25 and 1.
        ("least_squares", [5.0, 2.125, 0.5], [8.0, 0.125, 0.5]),
        # The fake logit less the real one; the fake one, turned round.
        ("wasserstein", [-5.0, 1.5, 0.0], [3.0, -0.5, 0.0]),
        # max(0, 1 - real) + max(0, 1 + fake); -fake.
        ("hinge", [0.0, 3.5, 2.0], [3.0, -0.5, 0.0]),
        # log(1 + e^(fake - real)) and log(1 + e^(real - fake)).
        (
            "relativistic",
            [0.0067153484891, 1.7014132779828, 0.6931471805599],
            [5.0067153484891, 0.2014132779828, 0.6931471805599],
        ),
    ],
)
def test_other_losses_by_hand(name, d_loss, g_loss):
    discriminator_loss, generator_loss = losses.adversarial_losses(name)
    found = discriminator_loss(REAL, FAKE)
    assert found.shape == (3,)
    np.testing.assert_allclose(found, d_loss, rtol=1e-6, atol=1e-7)
    found = generator_loss(FAKE, REAL)
    np.testing.assert_allclose(found, g_loss, rtol=1e-6, atol=1e-7)


def test_losses_are_those_of_keras():
    hinge, _ = losses.adversarial_losses("hinge")
    of_keras = keras.losses.Hinge(reduction=None)
    ones = tf.ones((3, 1))
    expected = of_keras(ones, REAL) + of_keras(-ones, FAKE)
    np.testing.assert_allclose(hinge(REAL, FAKE), expected, rtol=1e-6)
    least_squares, _ = losses.adversarial_losses("least_squares")
    of_keras = keras.losses.MeanSquaredError(reduction=None)
    expected = of_keras(ones, REAL) / 2
    expected += of_keras(0 * ones, FAKE) / 2
    np.testing.assert_allclose(least_squares(REAL, FAKE), expected, rtol=1e-6)


def test_smoothed_least_squares_by_hand():
    # Half the squares of 1.1, 1.9 and 0.9, and those of the fake logits.
    loss, _ = losses.adversarial_losses("least_squares", 0.1)
    np.testing.assert_allclose(
        loss(REAL, FAKE), [5.105, 1.93, 0.405], rtol=1e-6
    )


@pytest.mark.parametrize("name", ["wasserstein", "hinge", "relativistic"])
def test_smoothing_without_targets_is_refused(name):
    with pytest.raises(ValueError, match=f"label_smoothing=0.1.*'{name}'"):
        losses.adversarial_losses(name, 0.1)
