"""Kinds of data: checks, examples, and how they are shown."""

import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.data import endpoint_kinds
from kerasgen.data import kinds

KINDS = [
    kinds.Images(4, 6, 3),
    kinds.Rows(5),
    kinds.Tokens(7, 11),
    endpoint_kinds.Labels(3),
    endpoint_kinds.Latents((2, 3)),
    endpoint_kinds.Seeds(),
    endpoint_kinds.Values((4,)),
]


def name_of(kind):
    return type(kind).__name__


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_examples_are_of_their_kind(kind):
    examples = kind.examples(3)
    assert examples.shape == (3, *kind.shape)
    assert examples.dtype == kind.dtype
    np.testing.assert_array_equal(examples, kind.examples(3))
    np.testing.assert_array_equal(kind.check(examples, "x"), examples)
    assert kind.spec("x").is_compatible_with(tf.constant(examples))
    low, high = kind.bounds
    assert low is None or examples.min() >= low
    assert high is None or examples.max() <= high
    kind.check_symbolic(tf.constant(examples), "x")


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_other_shapes_are_refused(kind):
    wrong = np.zeros((3, *kind.shape, 2), kind.dtype)
    if kind == endpoint_kinds.Labels(3):
        wrong = np.zeros((3, 2), "int32")
    with pytest.raises(ValueError, match="`x`"):
        kind.check(wrong, "x")


def test_a_shape_stands_for_a_kind():
    assert kinds.as_kind((28, 28, 1)) == kinds.Images(28, 28, 1)
    assert kinds.as_kind([64]) == kinds.Rows(64)
    tokens = kinds.Tokens(3, 4)
    assert kinds.as_kind(tokens) is tokens
    for wrong in ((28, 28), (), (0,), 28, (28, 28, 1.5)):
        with pytest.raises(ValueError, match="data_shape"):
            kinds.as_kind(wrong)


def test_a_kind_stands_for_its_shape():
    model = kerasgen.VAE(kinds.Images(8, 8, 1), latent_dim=2)
    assert model.data_shape == (8, 8, 1)
    again = kerasgen.VAE.from_config(model.get_config())
    assert again.kind == kinds.Images(8, 8, 1)
    assert kinds.shape_of(kinds.Rows(5)) == (5,)
    with pytest.raises(ValueError, match="height, width"):
        kerasgen.VAE(kinds.Tokens(8, 50))


def test_bytes_become_floats_in_both_ways():
    images = np.array([[[[0], [255]]], [[[51], [1]]]], "uint8")
    kind = kinds.Images(1, 2, 1)
    expected = images / np.float32(255)
    np.testing.assert_array_equal(kind.checked_input(images, "x"), expected)
    np.testing.assert_array_equal(
        kind.as_model_input(tf.constant(images)), expected
    )


def test_values_out_of_bounds_are_refused():
    with pytest.raises(ValueError, match="from 0 to 10"):
        kinds.Tokens(2, 11).check(np.array([[0, 11]]), "x")
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        kinds.Images(1, 1, 1).check(np.full((1, 1, 1, 1), 1.5, "f4"), "x")
    with pytest.raises(ValueError, match="finite"):
        kinds.Rows(1).check(np.array([[np.nan]]), "x")
    assert kinds.Rows(1).clipped(tf.constant([[7.0]])).numpy() == 7
    assert kinds.Images(1, 1, 1).clipped(tf.constant(7.0)).numpy() == 1
