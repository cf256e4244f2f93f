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


def test_attention_is_of_what_came_before(network):
    weights = network.attention_weights(tokens()).numpy()
    assert weights.shape == (3, 2, 2, LENGTH, LENGTH)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, rtol=1e-5)
    assert np.all(np.triu(weights, k=1) == 0)
    # The first block's, by its own outputs: values of one place alone.
    attention = network.blocks[0].attention
    x = network.blocks[0].before_attention(network.embedding(tokens()))
    values = attention._projected(x, tf.range(LENGTH))[2]
    mixed = weights[:, 0] @ values.numpy()
    mixed = mixed.transpose(0, 2, 1, 3).reshape(3, LENGTH, 16)
    np.testing.assert_allclose(
        attention.output_layer(mixed), attention(x), atol=1e-5
    )


def test_config_and_weights_come_back(network, tmp_path):
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded(tokens()), network(tokens()))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"feed_forward": "relu"}, "feed_forward"),
        ({"num_outputs": 7}, "at most `num_inputs`, 6"),
        ({"key_value_heads": 0}, "num_key_value_heads=0"),
        ({"num_inputs": -1}, "num_inputs=-1"),
    ],
)
def test_unknown_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        Transformer(**{"num_inputs": 6, "num_outputs": 5, **OPTIONS, **options})


def test_layers_have_its_policy():
    network = Transformer(6, 5, **OPTIONS, dtype="mixed_bfloat16")
    layers = [*network._flatten_layers()]
    assert len(layers) > 10
    assert {layer.compute_dtype for layer in layers} == {"bfloat16"}
    assert network(tokens()).dtype == "float32"
