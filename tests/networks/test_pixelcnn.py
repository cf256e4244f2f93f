import numpy as np
import pytest
import tensorflow as tf

from kerasgen.networks import pixelcnn
from kerasgen.networks import sample_codes


@pytest.mark.parametrize("grid_shape", [(4, 5), (6, 1), (1, 6)])
def test_logits_depend_on_all_codes_before_and_none_after(grid_shape):
    prior = pixelcnn(grid_shape, 3, filters=8, num_layers=6)
    places = np.prod(grid_shape)
    codes = np.random.default_rng(0).integers(3, size=(1, places))
    # Row `i` has another code at place `i`.
    changed = (codes + np.eye(places, dtype=int)) % 3
    both = np.concatenate([codes, changed]).reshape(-1, *grid_shape)
    logits = np.array(prior(both)).reshape(places + 1, places, 3)
    change = np.abs(logits[1:] - logits[0]).max(axis=-1)
    before = np.tri(places, k=-1, dtype=bool).T
    assert np.all(change[~before] == 0)
    # No blind spot: each place hears of all before it.
    assert np.all(change[before] > 0)


def test_a_class_moves_the_logits_of_its_own_grid():
    prior = pixelcnn((3, 4), 3, num_classes=2, filters=8, num_layers=2)
    for weights in prior.trainable_weights:
        noise = np.random.default_rng(0).normal(size=weights.shape)
        weights.assign(weights + noise / 4)
    codes = np.random.default_rng(0).integers(3, size=(1, 3, 4)).repeat(3, 0)
    first, other, third = np.array(prior([codes, np.array([0, 1, 0])]))
    np.testing.assert_allclose(first, third, rtol=1e-6)
    assert np.all(np.abs(first - other).max(axis=-1) > 1e-3)


def test_dropout_is_of_training_alone():
    prior = pixelcnn((3, 3), 4, filters=8, num_layers=2, dropout=0.5)
    codes = tf.zeros((2, 3, 3), tf.int32)
    np.testing.assert_array_equal(prior(codes), prior(codes))
    assert np.any(prior(codes, training=True) != prior(codes))


def test_samples_follow_a_known_prior():
    first = np.array([0.5, 0.3, 0.2])
    # The odds of a code, after each code to its left.
    after = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.25, 0.5, 0.25]])

    def prior(codes):
        left = tf.gather(np.log(after), codes[:, :, :-1])
        shape = tf.stack([tf.shape(codes)[0], tf.shape(codes)[1], 1, 3])
        start = tf.broadcast_to(np.log(first), shape)
        return tf.concat([start, left], axis=2)

    number = 40_000
    uniforms = np.random.default_rng(0).uniform(size=(number, 2, 3))
    uniforms = tf.constant(uniforms, tf.float32)
    codes = tf.function(lambda u: sample_codes(prior, u))(uniforms).numpy()
    assert codes.dtype == np.int32
    for row in codes.transpose(1, 0, 2):
        expected = first
        counts = np.bincount(row[:, 0], minlength=3)
        for place in (0, 1):
            error = 5 * np.sqrt(expected * (1 - expected) / number)
            assert np.all(np.abs(counts / number - expected) < error)
            pairs = np.zeros((3, 3))
            np.add.at(pairs, (row[:, place], row[:, place + 1]), 1)
            error = 5 * np.sqrt(after * (1 - after) / counts[:, None])
            assert np.all(np.abs(pairs / counts[:, None] - after) < error)
            expected, counts = expected @ after, pairs.sum(axis=0)


def test_samples_are_where_the_uniforms_fall():
    logits = tf.math.log(tf.constant([0.2, 0.0, 0.5, 0.3]))
    uniforms = tf.constant([0.1, 0.19, 0.21, 0.69, 0.71, 1 - 2.0**-24])
    codes = sample_codes(
        lambda codes: tf.broadcast_to(logits, (*codes.shape, 4)),
        uniforms[:, None, None],
    )
    np.testing.assert_array_equal(codes[:, 0, 0], [0, 0, 2, 2, 3, 3])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"filters": 0}, "filters=0"),
        ({"num_layers": 0.5}, "num_layers=0.5"),
        ({"dropout": 2}, "dropout=2"),
        ({"kernel_size": 4}, "odd.*kernel_size=4"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        pixelcnn((4, 4), 3, **options)
