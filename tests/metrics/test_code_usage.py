import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen.metrics import CodeUsage
from kerasgen.metrics import Perplexity


def test_by_hand_over_batches_of_several_sizes():
    perplexity, usage = Perplexity(4), CodeUsage(4)
    for metric in (perplexity, usage):
        metric.update_state([1.0, 0.0, 0.0, 0.0], sample_weight=2.0)
        metric.update_state([0.5, 0.5, 0.0, 0.0], sample_weight=4.0)
        metric.update_state([0.0, 0.0, 1.0, 0.0], sample_weight=2.0)
    # Counts 4, 2, 2, 0: an entropy of 1.5 bits.
    np.testing.assert_allclose(perplexity.result(), 2**1.5, rtol=1e-6)
    assert float(usage.result()) == 0.75
    perplexity.reset_state()
    perplexity.update_state([0.0, 3.0, 0.0, 0.0])
    np.testing.assert_allclose(perplexity.result(), 1.0, rtol=1e-6)
    perplexity.update_state([3.0, 0.0, 3.0, 3.0])
    np.testing.assert_allclose(perplexity.result(), 4.0, rtol=1e-6)


@pytest.mark.parametrize("metric_class", [Perplexity, CodeUsage])
def test_replicas_count_together(strategy, metric_class):
    with strategy.scope():
        metric = metric_class(3)
        assert float(metric.result()) in (0.0, 1.0)

    @tf.function
    def step():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        metric.update_state(tf.one_hot(replica, 3))

    strategy.run(step)
    expected = {Perplexity: 2.0, CodeUsage: 2 / 3}[metric_class]
    np.testing.assert_allclose(metric.result(), expected, rtol=1e-6)


def test_config_round_trip():
    metric = Perplexity(3, name="it")
    config = keras.saving.serialize_keras_object(metric)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == metric.get_config()
