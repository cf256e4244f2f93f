"""Against numbers worked out by hand, and TensorFlow's cross-entropy."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen import losses

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
    loss, _ = losses.adversarial_losses(name)
    expected = cross_entropy(1 - smoothing, REAL) + cross_entropy(0.0, FAKE)
    np.testing.assert_allclose(loss(REAL, FAKE, smoothing), expected, rtol=1e-6)


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
    for name in ("minimax", "non_saturating"):
        discriminator_loss, generator_loss = losses.adversarial_losses(name)
        assert np.isfinite(discriminator_loss(logits, logits, 0.1)).all()
        assert np.isfinite(generator_loss(logits)).all()


def test_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match="'minimax', 'non_saturating'.*'least"):
        losses.adversarial_losses("least")
