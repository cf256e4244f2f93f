"""Random numbers that are functions of a seed, the same on every device.

TensorFlow's stateless normals differ between XLA and the other kernels; their
integer bits do not. So every random number of the project is made from bits.
"""

import tensorflow as tf

from kerasgen.utils.seeds import FAMILY_SIZE
from kerasgen.utils.seeds import MAX_SEED as MAX_SEED
from kerasgen.utils.seeds import Family as Family
from kerasgen.utils.seeds import check_seed as check_seed

# Of w - 2.5 where w = -log(1 - x^2) is below 5, and of sqrt(w) - 3 from there
# on, the highest power first. Of Giles (2010), for float32.
_ERFINV_CENTRE = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
_ERFINV_TAIL = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)


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
    What is float is uniform already, see `bits_from_seed_rows`.
    """
    if tf.as_dtype(values.dtype).is_floating:
        return values
    top = tf.bitwise.right_shift(values, tf.constant(9, tf.uint32))
    return (tf.cast(top, tf.float32) + 0.5) * 2.0**-23


def normal_from_bits(values):
    """Maps 32-bit integers to standard normals by the inverse of their CDF.

    Uniforms too, in operations that runtimes without random numbers have; there
    results differ by rounding, up to about 1e-6.
    """
    uniform = uniform_from_bits(values)
    if tf.as_dtype(values.dtype).is_floating:
        return 2.0**0.5 * _erfinv(2.0 * uniform - 1.0)
    return tf.math.ndtri(uniform)


def _erfinv(x):
    """`tf.math.erfinv`, which ONNX has not.

    References:
        - Giles (2010), Approximating the erfinv function, GPU Computing Gems
          Jade Edition, chapter 10
    """
    w = -tf.math.log((1.0 - x) * (1.0 + x))
    centre = tf.math.polyval(list(_ERFINV_CENTRE), w - 2.5)
    tail = tf.math.polyval(list(_ERFINV_TAIL), tf.sqrt(w) - 3.0)
    return x * tf.where(w < 5.0, centre, tail)


def bits_from_seed_rows(seeds, shape):
    """Uniform 32-bit integers, each row a function of its own seed.

    Args:
        seeds: int tensor of shape `(n, 2)`; or, where there are no random
            operations, what is drawn itself: a float tensor of as many
            uniforms in (0, 1), of shape `(n, *shape)` or `(n, any)`.
        shape: tuple of int. Shape of one row's draw.

    Returns:
        A uint32 tensor of shape `(n, *shape)`. Row `i` depends on `seeds[i]`
        alone. Or the uniforms, which the functions here take in its place.
    """
    if tf.as_dtype(seeds.dtype).is_floating:
        return tf.reshape(seeds, (-1, *shape))
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
    if tf.as_dtype(seeds.dtype).is_floating:
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
