import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from kerasgen.utils import random


def seed_rows(number, first=5):
    return tf.stack([tf.fill([number], first), tf.range(number)], axis=1)


def test_extreme_bits_give_finite_normals():
    extremes = tf.constant([0, 2**32 - 1], tf.uint32)
    uniform = random.uniform_from_bits(extremes).numpy()
    np.testing.assert_array_equal(uniform, [2.0**-24, 1 - 2.0**-24])
    normal = random.normal_from_bits(extremes).numpy()
    np.testing.assert_allclose(
        normal, scipy.stats.norm.ppf([2.0**-24, 1 - 2.0**-24]), rtol=1e-6
    )


def test_uniforms_are_exact_multiples():
    values = tf.constant([0, 512, 2**31, 2**32 - 512], tf.uint32)
    expected = (np.array([0, 1, 2**22, 2**23 - 1]) + 0.5) / 2**23
    np.testing.assert_array_equal(random.uniform_from_bits(values), expected)


def test_normals_are_normal():
    drawn = random.normal_from_seed_rows(seed_rows(2000), (50,)).numpy()
    # 100,000 draws: three standard errors of each moment.
    assert abs(drawn.mean()) < 3 / np.sqrt(drawn.size)
    assert abs(drawn.var() - 1) < 3 * np.sqrt(2 / drawn.size)
    assert abs(scipy.stats.skew(drawn.ravel())) < 3 * np.sqrt(6 / drawn.size)
    distance = scipy.stats.kstest(drawn.ravel(), "norm")
    assert distance.pvalue > 0.001
    # Neighbouring seeds and neighbouring numbers are independent.
    for a, b in ((drawn[1:], drawn[:-1]), (drawn[:, 1:], drawn[:, :-1])):
        correlation = np.corrcoef(a.ravel(), b.ravel())[0, 1]
        assert abs(correlation) < 4 / np.sqrt(a.size)


def test_a_row_is_a_function_of_its_seed():
    many = random.normal_from_seed_rows(seed_rows(20), (4,)).numpy()
    few = random.normal_from_seed_rows(seed_rows(20)[7:9], (4,)).numpy()
    np.testing.assert_array_equal(many[7:9], few)


def test_xla_draws_the_same():
    def draw():
        return random.normal_from_seed_rows(seed_rows(100), (30,))

    compiled = tf.function(draw, jit_compile=True)()
    np.testing.assert_allclose(draw(), compiled, rtol=0, atol=1e-4)


def test_first_rows_do_not_depend_on_the_rest():
    seed = random.family_seed(3, 1, 10)
    np.testing.assert_array_equal(
        random.bits((9, 5), seed)[:4], random.bits((4, 5), seed)
    )


def test_families_do_not_meet():
    seeds = {
        tuple(random.family_seed(seed, family, index).numpy())
        for seed in (0, 1, random.MAX_SEED)
        for family in (1, 2, 3)
        for index in (0, 1)
    }
    assert len(seeds) == 3 * 3 * 2
    assert all(first > random.MAX_SEED for first, _ in seeds)


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5, "one", True])
def test_bad_seed_is_refused(seed):
    with pytest.raises(ValueError, match="seed="):
        random.check_seed(seed)


def test_no_seed_is_a_fresh_one():
    assert len({random.check_seed(None) for _ in range(5)}) == 5


def test_uniforms_become_the_same_normals():
    """In operations that other runtimes have; into the tails too."""
    ends = tf.constant([0, 2**9, 2**32 - 2**9, 2**32 - 1], tf.uint32)
    bits = tf.concat([random.bits((20_000,), tf.constant([0, 0])), ends], 0)
    expected = random.normal_from_bits(bits).numpy()
    found = random.normal_from_bits(random.uniform_from_bits(bits)).numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-6)
    assert expected.min() < -5.2 and expected.max() > 5.2
