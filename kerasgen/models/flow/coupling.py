"""Which noise goes to which datum of a batch."""

import numpy as np
import scipy.optimize
import tensorflow as tf


def optimal_transport(batch, noise, data):
    """The batch's noise, paired with its data so that lines are short.

    Minibatch coupling (Pooladian et al. 2023, https://arxiv.org/abs/2304.14772;
    Tong et al. 2024, https://arxiv.org/abs/2302.00482): of all ways to pair the
    rows of the batch of all replicas, that of the least sum of squared
    distances. Where there are classes, rows are paired within each, or a class
    would be told by its noise.

    Args:
        batch: `kerasgen.engine.GlobalBatch`.
        noise, data: float tensors of shape `(batch, ...)`.

    Returns:
        A tensor of the shape of `noise`, with its rows in another order.
    """
    labels = batch.labels
    if labels is None:
        labels = tf.zeros(tf.shape(data)[:1], tf.int32)
    everywhere = batch.of_all_replicas(noise)
    order = tf.numpy_function(
        _shortest_pairs,
        [
            everywhere,
            batch.of_all_replicas(data),
            batch.of_all_replicas(labels),
        ],
        tf.int64,
        stateful=False,
    )
    order.set_shape([None])
    own = tf.gather(everywhere, tf.gather(order, batch.row_numbers))
    # A replica without a row has one that counts for nothing.
    own = tf.concat([own, noise[tf.shape(own)[0] :]], axis=0)
    return tf.ensure_shape(own, noise.shape)


def check_compiled(model, without, options):
    """Raises where XLA would have to compile a coupling.

    Args:
        model: with an attribute `coupling`.
        without: str. The coupling that pairs nothing.
        options: dict, those of `compile`.
    """
    if model.coupling != without and options.get("jit_compile") is True:
        raise ValueError(
            "Argument `jit_compile` must be left out with "
            f"coupling={model.coupling!r}, which pairs rows outside of the "
            "graph. Received: jit_compile=True."
        )


def _shortest_pairs(noise, data, labels):
    """Which row of the noise goes to each row of the data."""
    order = np.empty(len(data), np.int64)
    noise, data = (x.reshape(len(x), -1) for x in (noise, data))
    for label in np.unique(labels):
        (rows,) = np.nonzero(labels == label)
        # Squared distances but for what is the same for all pairs.
        cost = -data[rows] @ noise[rows].T
        _, columns = scipy.optimize.linear_sum_assignment(cost)
        order[rows] = rows[columns]
    return order
