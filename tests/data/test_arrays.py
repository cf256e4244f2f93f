import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import data
from kerasgen.data import arrays
from kerasgen.data.batch_source import counters_of
from kerasgen.data.epochs import SetEpoch
from kerasgen.utils.autotune import without_autotune

NUMBERS = np.linspace(0, 1, 50, dtype=np.float32).reshape(50, 1, 1, 1)


def order_of(dataset):
    """Which of NUMBERS come, in order."""
    parts = [np.asarray(batch).ravel() for batch in dataset]
    return np.round(np.concatenate(parts) * 49).astype(int).tolist()


def at_epoch(dataset, epoch):
    callback = SetEpoch(counters_of(dataset))
    callback.on_epoch_begin(epoch)
    return order_of(dataset)


def test_order_is_a_function_of_seed_and_epoch():
    first, again, other = (
        data.from_arrays(NUMBERS, batch_size=10, seed=seed)
        for seed in (1, 1, 2)
    )
    orders = [at_epoch(first, epoch) for epoch in range(3)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    # Another data set of the same seed, asked for later epochs at once.
    assert at_epoch(again, 2) == orders[2]
    assert at_epoch(again, 0) == orders[0]
    assert at_epoch(other, 0) != orders[0]


def test_each_pass_has_another_order():
    dataset = data.from_arrays(NUMBERS, batch_size=10, seed=1)
    passes = [order_of(dataset) for _ in range(3)]
    assert len({tuple(order) for order in passes}) == 3
    repeated = order_of(dataset.repeat(2))
    assert repeated[:50] != repeated[50:]


def test_a_look_does_not_change_the_order_of_the_next_epoch():
    dataset = data.from_arrays(NUMBERS, batch_size=10, seed=1)
    expected = at_epoch(dataset, 1)
    next(iter(dataset))
    assert at_epoch(dataset, 1) == expected


@pytest.mark.parametrize("batches_in_block", [1, 2, 3, 100])
@pytest.mark.parametrize("shuffle", [False, True])
def test_blocks_change_nothing(monkeypatch, batches_in_block, shuffle):
    labels = np.arange(50)

    def rows(**options):
        dataset = data.from_arrays(
            NUMBERS, labels, batch_size=8, shuffle=shuffle, seed=1, **options
        )
        found = list(dataset.as_numpy_iterator())
        assert all(
            np.array_equal(images, NUMBERS[classes])
            for images, classes in found
        )
        return [classes.tolist() for _, classes in found]

    expected = rows(drop_remainder=False)
    assert [len(batch) for batch in expected] == [8] * 6 + [2]
    assert sorted(sum(expected, [])) == list(range(50))
    if not shuffle:
        assert sum(expected, []) == list(range(50))
    # Float32 numbers of four bytes.
    monkeypatch.setattr(arrays, "_BLOCK_BYTES", 4 * 8 * batches_in_block)
    assert rows(drop_remainder=False) == expected
    assert rows(drop_remainder=True) == expected[:6]


def test_counter_is_found_behind_other_steps():
    dataset = data.from_arrays(NUMBERS, batch_size=10, seed=1)
    changed = dataset.map(lambda x: 1 - x).take(4).prefetch(1)
    both = tf.data.Dataset.zip(changed, dataset)
    assert counters_of(changed) == counters_of(dataset) == counters_of(both)
    assert len(counters_of(both)) == 1
    assert not counters_of(tf.data.Dataset.range(3))


@pytest.mark.parametrize("steps", [None, 5])
def test_fit_gives_a_resumed_run_the_order_it_would_have_seen(strategy, steps):
    class Record(keras.Model):
        seen = None

        def call(self, batch):
            return batch

        def train_step(self, batch):
            tf.py_function(self.note, [batch], [])
            return {"steps": tf.constant(1.0)}

        def note(self, batch):
            self.seen += batch.numpy().ravel().tolist()

    def run(first_epoch, scope):
        with scope:
            model = Record()
        model.compile()
        model.seen = []
        dataset = data.from_arrays(NUMBERS, batch_size=10, seed=1)
        model.fit(
            dataset,
            initial_epoch=first_epoch,
            epochs=3,
            # An iterator that is made before the callback sets the epoch.
            steps_per_epoch=steps,
            callbacks=[SetEpoch(counters_of(dataset))],
            verbose=0,
            shuffle=False,
        )
        return model.seen

    whole = run(0, tf.distribute.get_strategy().scope())
    resumed = run(2, tf.distribute.get_strategy().scope())
    assert len(whole) == 150
    assert resumed == whole[100:]
    shared = run(0, strategy.scope())
    for start in range(0, 150, 10):
        assert sorted(shared[start : start + 10]) == sorted(
            whole[start : start + 10]
        )


def test_batches_are_static_float_and_counted():
    labels = np.arange(50)
    dataset = data.from_arrays(NUMBERS, labels, batch_size=20, seed=0)
    images, numbers = dataset.element_spec
    assert images.shape == (20, 1, 1, 1)
    assert images.dtype == tf.float32
    assert numbers.dtype == tf.int32
    assert len(dataset) == 2
    for batch, numbers in dataset:
        np.testing.assert_array_equal(np.round(batch[:, 0, 0, 0] * 49), numbers)
    whole = data.from_arrays(NUMBERS, batch_size=20, shuffle=False)
    assert len(whole) == 3
    assert order_of(whole) == list(range(50))


def test_shards_by_data():
    options = data.from_arrays(NUMBERS, batch_size=10).options()
    policy = options.experimental_distribute.auto_shard_policy
    assert policy == tf.data.experimental.AutoShardPolicy.DATA


def test_nothing_slows_the_process_down():
    """The tuner, which delays ends of epochs, and generators: see `epochs`."""
    dataset = data.from_arrays(NUMBERS, batch_size=10, seed=0)
    assert dataset.options().autotune.enabled is False
    graph = dataset._as_serialized_graph().numpy()
    assert b"PyFunc" in graph
    assert b"GeneratorDataset" not in graph


def test_the_tuner_is_left_to_those_who_want_it():
    plain = tf.data.Dataset.range(3)
    assert without_autotune(plain).options().autotune.enabled is False
    assert list(without_autotune(plain).as_numpy_iterator()) == [0, 1, 2]
    options = tf.data.Options()
    options.autotune.enabled = True
    tuned = plain.with_options(options)
    assert without_autotune(tuned) is tuned


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.ones((4, 8, 8, 1), np.uint8), r"uint8.*float32"),
        (np.full((4, 8, 8, 1), 200.0), r"200.*/ 255"),
        (np.zeros((4, 8, 8, 1), np.int64), r"int64"),
        (np.full((4, 8, 8, 1), np.nan), "NaN"),
        (np.zeros((4, 8, 8)), r"\(4, 8, 8\)"),
        (np.zeros((0, 8, 8, 1)), "at least one"),
    ],
)
def test_bad_images_are_refused(images, words):
    with pytest.raises(ValueError, match=words):
        data.from_arrays(images)


def test_bad_sizes_are_refused():
    with pytest.raises(ValueError, match="50.*batch_size=51"):
        data.from_arrays(NUMBERS, batch_size=51, drop_remainder=True)
    # By default, fewer images than a batch are one batch.
    few = data.from_arrays(NUMBERS, batch_size=51, seed=0)
    assert sorted(order_of(few)) == list(range(50))
    assert len(few) == 1
    with pytest.raises(ValueError, match="3 labels for 50"):
        data.from_arrays(NUMBERS, labels=[1, 2, 3], batch_size=5)


def test_a_pass_over_several_epochs_is_counted_and_not_set():
    dataset = data.from_arrays(NUMBERS, batch_size=10, seed=1)
    callback = SetEpoch(counters_of(dataset), every_epoch=False)
    callback.on_epoch_begin(0)
    first = order_of(dataset)
    callback.on_epoch_begin(1)
    assert order_of(dataset) != first
