import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from kerasgen import losses


def test_losses_by_hand():
    random = np.random.default_rng(0)
    images = random.random((3, 2, 2, 1))
    outputs = random.normal(size=images.shape)
    probability = scipy.special.expit(outputs)
    cross_entropy = -scipy.special.xlogy(images, probability)
    cross_entropy -= scipy.special.xlogy(1 - images, 1 - probability)
    for name, expected in (
        ("binary_cross_entropy", cross_entropy),
        ("squared_error", (images - outputs) ** 2),
    ):
        found = losses.reconstruction_loss(name)(
            tf.constant(images), tf.constant(outputs)
        )
        np.testing.assert_allclose(
            found, expected.sum(axis=(1, 2, 3)), rtol=1e-6
        )


def test_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="'squared_error'.*loss='mse'"):
        losses.reconstruction_loss("mse")
