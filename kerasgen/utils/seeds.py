"""Seeds that users give; no TensorFlow, for those who only ask a server."""

import enum
import random

import numpy as np

MAX_SEED = 2**31 - 1
# A seed is the lower half of the first number of a pair; its family is above.
FAMILY_SIZE = 2**32


class Family(enum.IntEnum):
    """Families of random numbers, none of which shares one with another.

    The rows `(seed, i)` that `generate` draws by are of none of them. A new
    family gets a number of its own; one that is here keeps its number, or what
    a seed gives changes.
    """

    TRAINING = 1
    EVALUATION = 2
    LAYERS = 3
    ORDER = 16
    LATENTS = 21
    PIXELS = 22


def seed_rows(seed, rows, family=None):
    """Pairs of numbers, each of which decides one row of random numbers.

    Args:
        seed: int in `[0, 2**31 - 1]`.
        rows: int, for rows from 0 on, or int array of their numbers.
        family: `Family`, or `None` for the rows that `generate` draws by.

    Returns:
        Array of shape `(n, 2)`: int32, and int64 for those of a family.

    Example:

    >>> seed_rows(7, 3).tolist()
    [[7, 0], [7, 1], [7, 2]]
    """
    rows = np.arange(rows) if np.ndim(rows) == 0 else np.asarray(rows)
    first = check_seed(seed) + (family or 0) * FAMILY_SIZE
    dtype = np.int32 if family is None else np.int64
    return np.stack([np.full_like(rows, first), rows], axis=1).astype(dtype)


def check_seed(seed, name="seed"):
    """Returns `seed` as an int, or a fresh one for `None`.

    A fresh seed comes from Python's `random`, which
    `keras.utils.set_random_seed` fixes too.

    Args:
        seed: int in `[0, 2**31 - 1]` or `None`.
        name: str. What the caller calls the argument.

    Returns:
        int.

    Raises:
        ValueError: if `seed` is neither.
    """
    if seed is None:
        return random.randint(0, MAX_SEED)
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        seed_is_valid = False
    else:
        seed_is_valid = 0 <= int(seed) <= MAX_SEED
    if not seed_is_valid:
        raise ValueError(
            f"Argument `{name}` must be an integer from 0 to {MAX_SEED}, or "
            f"`None` for a fresh one. Received: {name}={seed!r}."
        )
    return int(seed)
