"""The end of an epoch waits for tf.data's tuner, and not without it."""

import time

import pytest
import tensorflow as tf

from kerasgen.utils.autotune import without_autotune

# With the tuner about a fifth of all deletions last so long, if it last looked
# up some time ago. Few at a time: each that is late makes the next later.
SECONDS, PATIENCE = 0.1, 0.35
NUMBER = 6


def late_deletions(data, enough, rounds):
    """How many iterators are long in being deleted, counted up to a number."""
    number = 0
    for _ in range(rounds):
        iterators = [iter(data) for _ in range(NUMBER)]
        for each in iterators:
            next(each)
        del each
        time.sleep(PATIENCE)
        while iterators:
            start = time.perf_counter()
            iterators.pop()
            number += time.perf_counter() - start > SECONDS
        if number >= enough:
            break
    return number


@pytest.mark.parametrize(
    ("prepare", "rounds", "is_late"),
    # On a busy machine the tuner may be late for most of them.
    [(lambda data: data, 80, True), (without_autotune, 10, False)],
)
def test_iterators_are_deleted_at_once_without_the_tuner(
    prepare, rounds, is_late
):
    data = prepare(tf.data.Dataset.range(8))
    # Some may be late on a busy machine.
    assert (late_deletions(data, 3, rounds) >= 3) == is_late
