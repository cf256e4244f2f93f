"""Group normalization computes what Keras's does, and its condition."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen.layers import AdaptiveGroupNormalization


def images(mean=1.0):
    return (
        np.random.default_rng(0)
        .normal(mean, 2.0, (3, 5, 4, 8))
        .astype("float32")
    )


@pytest.mark.parametrize("groups", [1, 2, 8])
def test_as_keras(groups):
    ours, theirs = (
        AdaptiveGroupNormalization(groups, epsilon=1e-3),
        keras.layers.GroupNormalization(groups, epsilon=1e-3),
    )
    x = tf.constant(images())
    found = []
    for layer in (ours, theirs):
        layer.build(x.shape)
        layer.gamma.assign(np.linspace(0.5, 1.5, 8))
        layer.beta.assign(np.linspace(-1, 1, 8))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(tf.sin(y))
        sources = [x, layer.gamma.value, layer.beta.value]
        found.append([y, *tape.gradient(loss, sources)])
    for one, other in zip(*found):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_condition_scales_and_shifts():
    layer = AdaptiveGroupNormalization(4)
    x, generator = images(), np.random.default_rng(1)
    condition = generator.normal(size=(3, 16)).astype("float32")
    scale, shift = condition[:, None, None, :8], condition[:, None, None, 8:]
    expected = (1 + scale) * layer(x) + shift
    np.testing.assert_allclose(layer(x, condition), expected, atol=1e-5)


def test_large_means_hide_nothing():
    y = AdaptiveGroupNormalization(4)(images(mean=200.0))
    np.testing.assert_allclose(np.std(y), 1.0, rtol=0.02)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(policy):
    y = AdaptiveGroupNormalization(4, dtype=policy)(images())
    assert y.dtype == policy.removeprefix("mixed_")
    expected = AdaptiveGroupNormalization(4)(images())
    np.testing.assert_allclose(tf.cast(y, tf.float32), expected, atol=0.05)


def test_config_and_bad_groups():
    layer = AdaptiveGroupNormalization(4, epsilon=0.1, name="n")
    again = AdaptiveGroupNormalization.from_config(layer.get_config())
    assert (again.groups, again.epsilon, again.name) == (4, 0.1, "n")
    with pytest.raises(ValueError, match="groups=3, for 8 channels"):
        AdaptiveGroupNormalization(3)(images())
