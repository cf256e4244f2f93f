import numpy as np
import pytest
import tensorflow as tf

from kerasgen.engine.global_batch import GlobalBatch


def batch_of(rows):
    return GlobalBatch({"rows": rows}, seed=3, family=1, step=5)


def on_replicas(strategy, rows, function):
    """Calls `function(GlobalBatch)` on each replica's share of `rows`."""
    data = tf.data.Dataset.from_tensor_slices(rows).batch(8)
    data = strategy.experimental_distribute_dataset(data)

    @tf.function
    def step(share):
        return strategy.run(lambda x: function(batch_of(x)), (share,))

    results = step(next(iter(data)))
    return [r.numpy() for r in strategy.experimental_local_results(results)]


@pytest.mark.parametrize("number", [8, 7, 1])
def test_noise_is_that_of_one_replica(strategy, number):
    rows = np.zeros((number, 2), np.float32)
    alone = batch_of(tf.constant(rows)).normal((3,)).numpy()
    shares = on_replicas(strategy, rows, lambda batch: batch.normal((3,)))
    together = np.concatenate(shares)
    np.testing.assert_allclose(together[:number], alone, rtol=0, atol=1e-6)
    # A replica without rows draws for one that counts for nothing.
    assert len(together) == max(number, 2)


@pytest.mark.parametrize("number", [8, 7, 1])
def test_mean_is_that_of_one_replica(strategy, number):
    rows = np.arange(number, dtype=np.float32)[:, None] + 1
    means = on_replicas(
        strategy, rows, lambda batch: batch.mean(batch.data[:, 0])
    )
    np.testing.assert_allclose(np.mean(means), rows.mean(), rtol=1e-6)
    weights = on_replicas(strategy, rows, lambda batch: batch.weight)
    assert sum(weights) == number


@pytest.mark.parametrize("number", [8, 7, 1])
def test_rows_go_to_all_replicas_and_back(strategy, number):
    rows = np.arange(number, dtype=np.float32)[:, None] + 1
    own = on_replicas(
        strategy,
        rows,
        lambda batch: batch.own_rows(batch.of_all_replicas(batch.data)),
    )
    np.testing.assert_array_equal(np.concatenate(own)[:number], rows)
    # A replica without rows gets one that counts for nothing.
    assert sum(map(len, own)) == max(number, 2)
    shared = on_replicas(
        strategy, rows, lambda batch: batch.shared_uniform((3,))
    )
    np.testing.assert_array_equal(*shared)


def test_draws_of_a_step_differ():
    batch = batch_of(tf.zeros((4, 2)))
    first, second = batch.normal((3,)), batch.normal((3,))
    assert not np.any(first.numpy() == second.numpy())
    other = GlobalBatch({"rows": tf.zeros((4, 2))}, seed=3, family=1, step=6)
    assert not np.any(first.numpy() == other.normal((3,)).numpy())


def test_uniform_is_within_bounds():
    drawn = batch_of(tf.zeros((500, 2))).uniform((20,)).numpy()
    assert 0 < drawn.min() < 0.001
    assert 0.999 < drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 3 / np.sqrt(12 * drawn.size)


@pytest.mark.parametrize("number", [8, 7, 1])
def test_loss_of_a_total_is_that_of_one_replica(strategy, number):
    rows = np.arange(number, dtype=np.float32)[:, None] + 1
    rate = tf.constant([0.3])

    def loss_and_gradient(batch):
        with tf.GradientTape() as tape:
            tape.watch(rate)
            values = batch.without_padding(tf.sin(batch.data * rate))
            # No mean over rows: the square of one.
            loss = tf.square(
                batch.sum_over_replicas(tf.reduce_sum(values)) / batch.size
            )
        return tf.stack([loss, tape.gradient(loss, rate)[0]])

    results = on_replicas(strategy, rows, loss_and_gradient)
    mean = np.sin(rows * 0.3).mean()
    np.testing.assert_allclose([r[0] for r in results], mean**2, rtol=1e-5)
    # `minimize` takes the mean of the replicas' gradients.
    slope = 2 * mean * (rows * np.cos(rows * 0.3)).mean()
    np.testing.assert_allclose(
        np.mean([r[1] for r in results]), slope, rtol=1e-5
    )


@pytest.mark.parametrize("number", [8, 7, 1])
def test_all_replicas_draw_the_same_values_of_all_rows(strategy, number):
    # Each value tells its row and its place in it.
    rows = np.arange(number * 3, dtype=np.float32).reshape(number, 3, 1) + 1
    first, second = on_replicas(
        strategy, rows, lambda batch: batch.sample_values(batch.data, 3000)
    )
    np.testing.assert_array_equal(first, second)
    alone = batch_of(tf.constant(rows))
    np.testing.assert_array_equal(first, alone.sample_values(alone.data, 3000))
    values, counts = np.unique(first, return_counts=True)
    np.testing.assert_array_equal(values, rows.ravel())
    share = 1 / rows.size
    error = 5 * np.sqrt(share * (1 - share) / 3000)
    assert np.abs(counts / 3000 - share).max() < error
    assert np.any(alone.sample_values(alone.data, 3000) != first)
