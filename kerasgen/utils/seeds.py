"""Seeds that users give; no TensorFlow, for those who only ask a server."""

import random

MAX_SEED = 2**31 - 1


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
