"""The buffer of past fakes: what it shows, keeps and replaces."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen.engine.global_batch import GlobalBatch
from kerasgen.models.translation.past_fakes import PastFakes
from kerasgen.models.translation.past_fakes import with_past

SIZE, BATCH = 7, 4


def fakes_of(step):
    """Images whose pixels are all the number of their fake, from 1 on."""
    first = 1 + step * BATCH
    numbers = np.arange(first, first + BATCH, dtype=np.float32)
    return np.broadcast_to(numbers[:, None, None, None], (BATCH, 2, 1, 1))


def batch_of(fakes, step, seed=3):
    return GlobalBatch({"rows": fakes}, seed=seed, family=1, step=step)


def shown_in(buffer, step):
    fakes = tf.constant(fakes_of(step))
    shown = with_past(buffer, fakes, batch_of(fakes, step)).numpy()
    assert np.ptp(shown, axis=(1, 2, 3)).max() == 0
    return shown[:, 0, 0, 0].astype(int)


def kept_by(buffer):
    return np.asarray(buffer.images)[:, 0, 0, 0].astype(int)


def test_each_fake_is_new_or_of_the_past():
    buffer = PastFakes(SIZE, (2, 1, 1))
    # While it is filled, which takes two batches, new ones are shown.
    for step in range(2):
        new = fakes_of(step)[:, 0, 0, 0]
        np.testing.assert_array_equal(shown_in(buffer, step), new)
    np.testing.assert_array_equal(kept_by(buffer), np.arange(1, SIZE + 1))
    exchanged = []
    for step in range(2, 202):
        new = fakes_of(step)[:, 0, 0, 0].astype(int)
        before = kept_by(buffer)
        shown = shown_in(buffer, step)
        is_old = shown != new
        exchanged.append(is_old)
        # An old one goes, its new one takes its place, and no other moves.
        assert set(shown[is_old]) <= set(before)
        places = [list(before).index(number) for number in shown[is_old]]
        expected = before.copy()
        expected[places] = new[is_old]
        np.testing.assert_array_equal(kept_by(buffer), expected)
    share = np.mean(exchanged, axis=0)
    np.testing.assert_allclose(share, 0.5, atol=4 * 0.5 / np.sqrt(200))


def test_batches_larger_than_the_buffer():
    buffer = PastFakes(3, (2, 1, 1))
    shown_in(buffer, 0)
    np.testing.assert_array_equal(kept_by(buffer), [1, 2, 3])
    exchanged = np.zeros(BATCH)
    for step in range(1, 401):
        before = kept_by(buffer)
        shown = shown_in(buffer, step)
        new = fakes_of(step)[:, 0, 0, 0].astype(int)
        together = {*shown, *kept_by(buffer)}
        assert together == {*before, *new}
        exchanged += shown != new
    # Three of four rows are drawn, and of these one half.
    deviation = np.sqrt(0.375 * 0.625 / 400)
    np.testing.assert_allclose(exchanged / 400, 0.375, atol=4 * deviation)


@pytest.mark.parametrize("number", [BATCH, 3, 1])
def test_replicas_have_one_buffer(strategy, number):
    alone = PastFakes(3, (2, 1, 1))
    with strategy.scope():
        shared = PastFakes(3, (2, 1, 1))

    @tf.function
    def step(share, index):
        return strategy.run(
            lambda fakes: with_past(shared, fakes, batch_of(fakes, index)),
            (share,),
        )

    for index in range(5):
        fakes = tf.constant(fakes_of(index)[:number])
        expected = with_past(alone, fakes, batch_of(fakes, index)).numpy()
        data = tf.data.Dataset.from_tensors(fakes).unbatch().batch(number)
        data = strategy.experimental_distribute_dataset(data)
        shown = step(next(iter(data)), index)
        parts = strategy.experimental_local_results(shown)
        # A replica without rows has one that counts for nothing.
        together = np.concatenate(parts)[:number]
        np.testing.assert_array_equal(together, expected)
        for replica in shared.images.value.values:
            np.testing.assert_array_equal(replica, alone.images)
