import numpy as np
import scipy.stats
import tensorflow as tf

from kerasgen import losses


def test_kl_by_scipy():
    for target in (0.05, 0.5, 0.0, 1.0):
        rates = np.array([1e-6, 0.05, 0.3, 0.5, 0.99])
        expected = [
            scipy.stats.entropy([target, 1 - target], [rate, 1 - rate])
            for rate in rates
        ]
        found = losses.bernoulli_kl(target, tf.constant(rates), 1 - rates)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_kl_of_units_that_are_never_or_always_active():
    logits = tf.constant([-60.0, 60.0])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = losses.bernoulli_kl(
            0.05, tf.sigmoid(logits), tf.sigmoid(-logits)
        )
    expected = [0.05 * 60, 0.95 * 60] - scipy.stats.entropy([0.05, 0.95])
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    # The slope is the rate less the target, also where the other rounds to 1.
    np.testing.assert_allclose(
        tape.gradient(value, logits), [-0.05, 0.95], rtol=1e-5
    )
    nothing = losses.bernoulli_kl(0.05, tf.zeros(1), tf.ones(1))
    assert np.isfinite(nothing).all()
