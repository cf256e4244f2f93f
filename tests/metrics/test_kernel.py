"""Kernel distances against sums written out and a known expectation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen.metrics import KernelDistance
from kerasgen.metrics import kernel
from kerasgen.metrics import kernel_distance


def by_loops(first, second):
    """The estimator as it is printed, a pair at a time."""
    size, width = first.shape

    def k(x, y):
        return (x @ y / width + 1) ** 3

    total = 0.0
    for i in range(size):
        for j in range(size):
            if i != j:
                inside = k(first[i], first[j]) + k(second[i], second[j])
                total += inside / (size * (size - 1))
            total -= 2 * k(first[i], second[j]) / size**2
    return total


def test_equals_the_sums():
    draw = np.random.default_rng(0).normal
    first, second = draw(size=(12, 3)), draw(size=(12, 3)) + 0.5
    np.testing.assert_allclose(
        kernel.squared_discrepancy(first, second),
        by_loops(first, second),
        rtol=1e-10,
    )
    # A block of all rows is all rows, in another order.
    distance, deviation = kernel_distance(first, second, num_blocks=3)
    np.testing.assert_allclose(distance, by_loops(first, second), rtol=1e-10)
    assert deviation < 1e-12


def test_expectation_of_a_shift():
    """In one dimension, E[k(x, y)] is a polynomial of the means.

    For independent x and y of means m and n and variance 1, E[(xy + 1)^3] =
    E[x^3]E[y^3] + 3 E[x^2]E[y^2] + 3 mn + 1.
    """

    def expected_kernel(m, n):
        def cube(mean):
            return mean**3 + 3 * mean

        squares = (1 + m**2) * (1 + n**2)
        return cube(m) * cube(n) + 3 * squares + 3 * m * n + 1

    shift = 0.5
    expected = (
        expected_kernel(0, 0)
        + expected_kernel(shift, shift)
        - 2 * expected_kernel(0, shift)
    )
    draw = np.random.default_rng(0).normal
    distance, deviation = kernel_distance(
        draw(size=(100_000, 1)),
        draw(size=(100_000, 1)) + shift,
        block_size=1000,
        num_blocks=100,
    )
    assert abs(distance - expected) < 4 * deviation / 10
    assert 0 < deviation < expected


def test_equal_distributions_have_none():
    draw = np.random.default_rng(1).normal
    distance, deviation = kernel_distance(
        draw(size=(20_000, 8)), draw(size=(20_000, 8)), block_size=200
    )
    assert abs(distance) < 4 * deviation / 10
    assert deviation > 0


def test_same_seed_same_blocks():
    draw = np.random.default_rng(0).normal
    rows = draw(size=(300, 2)), draw(size=(300, 2))
    options = {"block_size": 50, "num_blocks": 4}
    first, again, other = (
        kernel_distance(*rows, seed=seed, **options) for seed in (0, 0, 1)
    )
    assert first == again != other


class TestStreaming:
    draw = np.random.default_rng(0).normal
    batches = list(
        zip(draw(size=(4, 9, 3)), draw(0.5, size=(4, 9, 3)), strict=True)
    )

    def test_mean_over_batches(self):
        metric = KernelDistance(num_features=3)
        for batch in self.batches:
            metric.update_state(*batch)
        # One row has no other to be compared with.
        metric.update_state(*(rows[:1] for rows in self.batches[0]))
        expected = np.mean([by_loops(*batch) for batch in self.batches])
        np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-10)

    def test_strategy(self, strategy):
        with strategy.scope():
            metric = KernelDistance(num_features=3)

        real, generated = map(np.stack, zip(*self.batches[:2], strict=True))

        @tf.function
        def update():
            def of_replica():
                context = tf.distribute.get_replica_context()
                number = context.replica_id_in_sync_group
                metric.update_state(
                    tf.gather(real, number), tf.gather(generated, number)
                )

            strategy.run(of_replica)

        update()
        # One block of both halves, as one replica has it.
        expected = by_loops(real.reshape(18, 3), generated.reshape(18, 3))
        np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-10)

    def test_early_stopping_acts_on_it(self):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
        # Nothing gets better at this rate.
        model.compile(
            keras.optimizers.SGD(0.0),
            "mse",
            metrics=[KernelDistance(num_features=3)],
        )
        rows = self.draw(size=(64, 3)).astype("float32")
        stopping = keras.callbacks.EarlyStopping("val_kernel_distance", 0, 2)
        history = model.fit(
            rows,
            rows,
            validation_data=(rows, rows),
            epochs=10,
            verbose=0,
            callbacks=[stopping],
        )
        assert len(history.epoch) == 3
        evaluated = model.evaluate(rows, rows, verbose=0, return_dict=True)
        value = history.history["val_kernel_distance"][0]
        assert evaluated["kernel_distance"] == pytest.approx(value)


@pytest.mark.parametrize("name", ["block_size", "num_blocks"])
def test_bad_blocks(name):
    rows = np.zeros((5, 2))
    with pytest.raises(ValueError, match=name):
        kernel_distance(rows, rows, **{name: 0})
