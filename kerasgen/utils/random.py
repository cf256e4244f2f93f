"""Random numbers that are functions of a seed, the same on every device.

TensorFlow's stateless normals differ between XLA and the other kernels; their
integer bits do not. So every random number of the project is made from bits.
"""

import contextlib
import contextvars

import tensorflow as tf

from kerasgen.utils.seeds import FAMILY_SIZE
from kerasgen.utils.seeds import MAX_SEED as MAX_SEED
from kerasgen.utils.seeds import Family as Family
from kerasgen.utils.seeds import check_seed as check_seed

# The bits of `given_bits`, in its scope.
_GIVEN = contextvars.ContextVar("given bits", default=None)
# For w = -log(1 - x^2) below 5 and from there on, of w - 2.5 and sqrt(w) - 3;
# the highest power first. From the table of Giles (2010).
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
    """
    top = tf.bitwise.right_shift(values, tf.constant(9, tf.uint32))
    return (tf.cast(top, tf.float32) + 0.5) * 2.0**-23


def normal_from_bits(values):
    """Maps 32-bit integers to standard normals by the inverse of their CDF."""
    uniform = uniform_from_bits(values)
    if _GIVEN.get() is None:
        return tf.math.ndtri(uniform)
    return 2.0**0.5 * _erfinv(2.0 * uniform - 1.0)


def _erfinv(x):
    """`tf.math.erfinv` in operations that other runtimes know.

    References:
        - Giles (2010), Approximating the erfinv function, GPU Computing Gems 2
    """
    w = -tf.math.log((1.0 - x) * (1.0 + x))
    centre = tf.math.polyval(list(_ERFINV_CENTRE), w - 2.5)
    tail = tf.math.polyval(list(_ERFINV_TAIL), tf.sqrt(w) - 3.0)
    return x * tf.where(w < 5.0, centre, tail)


def bits_from_seed_rows(seeds, shape):
    """Uniform 32-bit integers, each row a function of its own seed.

    Args:
        seeds: int tensor of shape `(n, 2)`.
        shape: tuple of int. Shape of one row's draw.

    Returns:
        A uint32 tensor of shape `(n, *shape)`. Row `i` depends on `seeds[i]`
        alone.
    """
    given = _GIVEN.get()
    if given is not None:
        return given.take(shape)
    return tf.map_fn(
        lambda seed: bits(shape, seed), seeds, fn_output_signature=tf.uint32
    )


def normal_from_seed_rows(seeds, shape):
    """Standard normals of shape `(n, *shape)`, row `i` made by `seeds[i]`."""
    return normal_from_bits(bits_from_seed_rows(seeds, shape))


class _Given:
    """Bits that are given once."""

    def __init__(self, values):
        self.values = values
        self.shape = None

    def take(self, shape):
        if self.shape is not None:
            raise NotImplementedError(
                "Rows of random bits are drawn more than once here; they can "
                "be given only for a single draw."
            )
        self.shape = tuple(shape)
        return tf.reshape(self.values, (-1, *shape))


@contextlib.contextmanager
def given_bits(values):
    """A scope in which `bits_from_seed_rows` returns bits that are given.

    Runtimes that draw nothing can then run what is traced in the scope: whoever
    asks them draws the bits, and gives them as an input. Normals differ from
    those outside of the scope by rounding, as they are made by operations that
    such runtimes know.

    Args:
        values: uint32 tensor of shape `(n, k)`, the bits of a row in order.

    Yields:
        An object whose `shape` becomes the shape of one row's draw, a tuple of
        int; `None` if nothing is drawn.

    Raises:
        NotImplementedError: from a second draw in the scope.

    Example:

    >>> seeds = tf.constant([[0, 0], [0, 1]])
    >>> drawn = bits_from_seed_rows(seeds, (6,))
    >>> with given_bits(drawn):
    ...     normal = normal_from_seed_rows(seeds, (3, 2))
    >>> expected = normal_from_seed_rows(seeds, (3, 2))
    >>> bool(tf.reduce_all(tf.abs(normal - expected) < 1e-5))
    True
    """
    given = _Given(values)
    token = _GIVEN.set(given)
    try:
        yield given
    finally:
        _GIVEN.reset(token)


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
