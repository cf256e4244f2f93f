"""Attention and rotary positions against loops of numpy."""

import numpy as np
import pytest

from kerasgen.layers.causal_attention import CausalSelfAttention

LENGTH, WIDTH = 6, 16


def by_loops(layer, x):
    """Equation 1 of Vaswani et al. and 34 of Su et al., place by place."""
    heads, shared, size = (
        layer.num_heads, layer.num_key_value_heads, layer.head_size,
    )  # fmt: skip
    projected = x @ np.array(layer.projection.kernel)
    projected = projected.reshape(LENGTH, heads + 2 * shared, size)
    found = np.zeros((LENGTH, heads, size))
    for head in range(heads):
        kept = head // (heads // shared)
        for place in range(LENGTH):
            query = turned(projected[place, head], place)
            scores = [
                query @ turned(projected[other, heads + kept], other)
                for other in range(place + 1)
            ]
            weights = np.exp(np.array(scores) / np.sqrt(size))
            weights /= weights.sum()
            for other in range(place + 1):
                value = projected[other, heads + shared + kept]
                found[place, head] += weights[other] * value
    return found.reshape(LENGTH, -1) @ np.array(layer.output_layer.kernel)


def turned(vector, place):
    """Pairs of numbers as complex ones, turned by angles."""
    half = len(vector) // 2
    angles = place * 10_000.0 ** (-np.arange(half) / half)
    pairs = (vector[:half] + 1j * vector[half:]) * np.exp(1j * angles)
    return np.concatenate([pairs.real, pairs.imag])


@pytest.mark.parametrize(("heads", "shared"), [(1, None), (4, None), (4, 2)])
def test_equals_loops(heads, shared):
    layer = CausalSelfAttention(heads, shared)
    x = np.random.default_rng(0).normal(size=(2, LENGTH, WIDTH))
    found = layer(x.astype("float32"))
    for row, expected in zip(found, x):
        np.testing.assert_allclose(row, by_loops(layer, expected), atol=1e-5)


def test_place_by_place_is_all_at_once():
    layer = CausalSelfAttention(4, 2)
    x = np.random.default_rng(0).normal(size=(2, LENGTH, WIDTH))
    x = x.astype("float32")
    layer.build(x.shape)
    expected, keys, values = layer.with_keys_and_values(x)
    # What is not there yet must not matter.
    keys = np.where(np.arange(LENGTH)[:, None] < 3, keys, 1e3)
    values = np.where(np.arange(LENGTH)[:, None] < 3, values, 1e3)
    keys, values = keys.astype("float32"), values.astype("float32")
    for place in range(3, LENGTH):
        found, keys, values = layer.next_place(
            x[:, place : place + 1], keys, values, np.int32(place)
        )
        np.testing.assert_allclose(
            found, expected[:, place : place + 1], atol=1e-5
        )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((4, 3), "divide `num_heads`"), ((16, None), "half of the width, 8")],
)
def test_sizes_that_do_not_fit_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        CausalSelfAttention(*arguments).build((None, LENGTH, WIDTH))
