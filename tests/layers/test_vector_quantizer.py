import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen.layers import VectorQuantizer


def quantizer_of(embeddings, **options):
    embeddings = np.array(embeddings, np.float32)
    quantizer = VectorQuantizer(*embeddings.shape, **options)
    quantizer.embeddings.assign(embeddings)
    return quantizer


def test_nearest_code_is_that_of_brute_force():
    generator = np.random.default_rng(0)
    embeddings = generator.normal(size=(50, 7))
    vectors = generator.normal(size=(4, 3, 5, 7)).astype("float32")
    quantizer = quantizer_of(embeddings)
    distances = np.linalg.norm(vectors[..., None, :] - embeddings, axis=-1)
    codes = quantizer.codes(vectors)
    assert codes.dtype == tf.int32
    np.testing.assert_array_equal(codes, distances.argmin(-1))
    np.testing.assert_allclose(
        quantizer(vectors), embeddings[distances.argmin(-1)], atol=1e-6
    )


def test_gradient_goes_straight_through():
    quantizer = quantizer_of([[0.0, 0.0], [1.0, 2.0]], codebook="gradient")
    vectors = tf.constant([[0.8, 1.5], [0.1, -0.2]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(vectors)
        value = tf.reduce_sum(quantizer(vectors) ** 3)
    # That of x^3 at the codes, and not at the vectors.
    expected = [[3.0, 12.0], [0.0, 0.0]]
    np.testing.assert_allclose(
        tape.gradient(value, vectors), expected, rtol=1e-5, atol=1e-12
    )
    assert tape.gradient(value, quantizer.embeddings.value) is None


def test_running_means_by_hand():
    quantizer = quantizer_of(
        [[9.0], [5.0], [-3.0]], ema_decay=0.9, reset_threshold=0.0
    )
    unused = np.full((3, 1), np.nan, "float32")
    counts = tf.constant([2.0, 0.0, 1.0])
    quantizer.update(counts, tf.constant([[6.0], [0.0], [-4.0]]), unused)
    # The first means are those of the batch; a code without use stays.
    np.testing.assert_allclose(quantizer.ema_counts, [0.2, 0, 0.1], rtol=1e-6)
    np.testing.assert_allclose(quantizer.embeddings, [[3], [5], [-4]])
    counts = tf.constant([1.0, 4.0, 0.0])
    quantizer.update(counts, tf.constant([[10.0], [8.0], [0.0]]), unused)
    # 0.9 * 0.2 + 0.1 * 1, 0.1 * 4, 0.9 * 0.1, and the sums alike.
    np.testing.assert_allclose(
        quantizer.ema_counts, [0.28, 0.4, 0.09], rtol=1e-6
    )
    np.testing.assert_allclose(
        quantizer.ema_sums, [[1.54], [0.8], [-0.36]], rtol=1e-6
    )
    np.testing.assert_allclose(
        quantizer.embeddings, [[5.5], [2.0], [-4.0]], rtol=1e-6
    )


@pytest.mark.parametrize("codebook", ["ema", "gradient"])
def test_codes_out_of_use_are_replaced(codebook):
    quantizer = quantizer_of(
        [[1.0], [2.0], [3.0]],
        codebook=codebook,
        ema_decay=0.5,
        reset_threshold=0.1,
    )
    candidates = tf.constant([[70.0], [80.0], [90.0]])
    # Running counts 18, 3 and 1, of which a tenth of the mean is 22 / 30.
    quantizer.update(
        tf.constant([36.0, 6.0, 2.0]),
        tf.constant([[36.0], [12.0], [6.0]]),
        candidates,
    )
    np.testing.assert_allclose(quantizer.embeddings, [[1], [2], [3]])
    # Running counts 26, 2.5 and 0.5, of which a tenth of the mean is 29 / 30.
    quantizer.update(
        tf.constant([34.0, 2.0, 0.0]),
        tf.constant([[34.0], [4.0], [0.0]]),
        candidates,
    )
    np.testing.assert_allclose(quantizer.embeddings, [[1], [2], [90]])
    # The new code starts with the mean use of a code.
    np.testing.assert_allclose(
        quantizer.ema_counts, [26, 2.5, 29 / 3], rtol=1e-6
    )
    if codebook == "ema":
        np.testing.assert_allclose(
            quantizer.ema_sums, [[26], [5], [870]], rtol=1e-6
        )


def test_threshold_of_zero_keeps_codes():
    quantizer = quantizer_of([[1.0], [2.0]], ema_decay=0.0, reset_threshold=0)
    for _ in range(3):
        quantizer.update(
            tf.constant([5.0, 0.0]),
            tf.constant([[20.0], [0.0]]),
            tf.constant([[7.0], [7.0]]),
        )
    np.testing.assert_allclose(quantizer.embeddings, [[4], [2]])


def test_float32_under_any_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        quantizer = VectorQuantizer(2, 1)
    finally:
        keras.config.set_dtype_policy("float32")
    # Alike in bfloat16.
    quantizer.embeddings.assign([[1.0], [1.001]])
    codes = quantizer.codes(tf.constant([[1.0], [1.001]]))
    np.testing.assert_array_equal(codes, [0, 1])
    assert quantizer(tf.ones((1, 1))).dtype == tf.float32


def test_config_round_trip():
    quantizer = VectorQuantizer(5, 2, "gradient", 0.5, 0.2, name="it")
    config = keras.saving.serialize_keras_object(quantizer)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == quantizer.get_config()
    assert again.get_config()["ema_decay"] == 0.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_embeddings": 0}, "num_embeddings=0"),
        ({"codebook": "mean"}, "'ema', 'gradient'.*'mean'"),
        ({"ema_decay": 1.5}, "from 0 to 1.*ema_decay=1.5"),
        ({"reset_threshold": -1}, "reset_threshold=-1"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        VectorQuantizer(**{"num_embeddings": 4, "latent_dim": 2, **options})
