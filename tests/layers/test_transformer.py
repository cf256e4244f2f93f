"""The transformer: causal, and the same place by place."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen.layers import Transformer

LENGTH, TOKENS = 7, 5
OPTIONS = {"width": 16, "num_blocks": 2, "attention_heads": 2}


def tokens(seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(TOKENS, size=(3, LENGTH), dtype="int32")


@pytest.fixture(params=["swiglu", "gelu"])
def network(request):
    keras.utils.set_random_seed(0)
    found = Transformer(
        TOKENS + 1, TOKENS, **OPTIONS, feed_forward=request.param
    )
    # At first all logits are near to each other.
    for weights in found.weights:
        weights.assign(
            weights + np.random.default_rng(1).normal(size=weights.shape) / 5
        )
    return found


def test_the_future_changes_nothing(network):
    before = network(tokens()).numpy()
    for place in range(LENGTH):
        changed = tokens()
        changed[:, place] = (changed[:, place] + 1) % TOKENS
        after = network(changed).numpy()
        np.testing.assert_allclose(
            after[:, :place], before[:, :place], atol=1e-6
        )
        assert np.abs(after[:, place] - before[:, place]).min() > 0


def test_place_by_place_is_all_at_once(network):
    expected = network(tokens())
    # Only the first two tokens are known when the cache is made.
    start = np.where(np.arange(LENGTH) < 2, tokens(), 0)
    cache = network.cache(start)
    for place in range(2, LENGTH):
        logits, cache = network.next_logits(
            tokens()[:, place], cache, tf.constant(place)
        )
        np.testing.assert_allclose(logits, expected[:, place], atol=1e-5)


def test_config_and_weights_come_back(network, tmp_path):
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded(tokens()), network(tokens()))


def test_unknown_options_are_refused():
    with pytest.raises(ValueError, match="feed_forward"):
        Transformer(6, 5, feed_forward="relu")
