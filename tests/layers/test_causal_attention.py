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


@pytest.mark.parametrize("shared", [4, 2, 1])
def test_equals_pytorch(shared):
    """Its fused attention and its own products, with the same weights."""
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    layer = CausalSelfAttention(4, shared)
    x = np.random.default_rng(0).normal(size=(2, 6, 16)).astype("float32")
    found = layer(x)
    size = layer.head_size
    projected = torch.tensor(x) @ torch.tensor(
        np.array(layer.projection.kernel)
    )
    heads = projected.reshape(2, 6, -1, size).transpose(1, 2)
    queries, keys, values = heads.split([4, shared, shared], dim=1)
    # Rotations as products of complex numbers (section 3.2.1 of the paper).
    frequencies = 10_000.0 ** -(torch.arange(0, size, 2) / size)
    angles = torch.arange(6)[:, None] * frequencies
    turns = torch.polar(torch.ones_like(angles), angles)

    def turned(rows):
        first, last = rows.chunk(2, dim=-1)
        rows = torch.complex(first, last) * turns
        return torch.cat([rows.real, rows.imag], dim=-1)

    attended = functional.scaled_dot_product_attention(
        turned(queries),
        turned(keys),
        values,
        is_causal=True,
        enable_gqa=shared < 4,
    )
    attended = attended.transpose(1, 2).reshape(2, 6, 16)
    expected = attended @ torch.tensor(np.array(layer.output_layer.kernel))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


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
