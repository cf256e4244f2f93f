"""Random numbers that are functions of a seed, the same on every device.

TensorFlow's stateless normals differ between XLA and the other kernels; their
integer bits do not. So every random number of the project is made from bits.
"""

import tensorflow as tf

from kerasgen.utils.seeds import FAMILY_SIZE
from kerasgen.utils.seeds import MAX_SEED as MAX_SEED
from kerasgen.utils.seeds import Family as Family
from kerasgen.utils.seeds import check_seed as check_seed


def bits(shape, seed):
    """Uniform 32-bit integers.

    Args:
        shape: tuple of int or 1-D int tensor.
        seed: int tensor of shape `(2,)`.

    Returns:
        A uint32 tensor of shape `shape`; equal for equal seeds with and
        without XLA. The first rows do not depend on how many follow.
    """
    return tf.random.stateless_uniform(
        shape, seed, minval=None, maxval=None, dtype=tf.uint32, alg="philox"
    )


def uniform_from_bits(values):
    """Maps 32-bit integers to float32 in the open interval (0, 1).

    The top 23 bits, moved to the middle of their interval: one bit more and
    the largest value would round to 1, whose normal quantile is infinite.
    """
    top = tf.bitwise.right_shift(values, tf.constant(9, tf.uint32))
    return (tf.cast(top, tf.float32) + 0.5) * 2.0**-23


def normal_from_bits(values):
    """Maps 32-bit integers to standard normals by the inverse of their CDF."""
    return tf.math.ndtri(uniform_from_bits(values))


def bits_from_seed_rows(seeds, shape):
    """Uniform 32-bit integers, each row a function of its own seed.

    Args:
        seeds: int tensor of shape `(n, 2)`.
        shape: tuple of int. Shape of one row's draw.

    Returns:
        A uint32 tensor of shape `(n, *shape)`. Row `i` depends on `seeds[i]`
        alone.
    """
    return tf.map_fn(
        lambda seed: bits(shape, seed), seeds, fn_output_signature=tf.uint32
    )


def normal_from_seed_rows(seeds, shape):
    """Standard normals of shape `(n, *shape)`, row `i` made by `seeds[i]`."""
    return normal_from_bits(bits_from_seed_rows(seeds, shape))


def uniform_from_seed_rows(seeds, shape):
    """Uniforms in (0, 1) of shape `(n, *shape)`, row `i` made by `seeds[i]`.

    Args:
        seeds: int tensor of shape `(n, 2)`; or what is drawn itself, a float
            tensor of shape `(n, *shape)`, from where there are no random
            operations.
        shape: tuple of int. Shape of one row's draw.
    """
    if seeds.dtype.is_floating:
        return seeds
    return uniform_from_bits(bits_from_seed_rows(seeds, shape))


def family_seed(seed, family, index):
    """The seed pair of draw `index` of one family of random numbers.

    Args:
        seed: int in `[0, 2**31 - 1]`.
        family: `Family`.
        index: int or int64 tensor.

    Returns:
        An int64 tensor of shape `(2,)`.
    """
    first = tf.constant(seed + family * FAMILY_SIZE, tf.int64)
    return tf.stack([first, tf.cast(index, tf.int64)])
