"""Faults of Keras 3 and TensorFlow with several machines; one place each."""

import os
import shutil

import tensorflow as tf


def logs_of_a_replica(logs):
    """Logs of a step in the shape that Keras can reduce over machines.

    Under `MultiWorkerMirroredStrategy` Keras takes the mean of logs along
    their first axis, which scalars do not have, and fails with `Invalid
    reduction dimension 0` (Keras 3.15, `reduce_per_replica`; see
    https://github.com/tensorflow/tensorflow/issues/72388).

    Args:
        logs: dict from name to scalar tensor.

    Returns:
        The same dict, of shape `(1,)` under that strategy, in the step of a
        replica.
    """
    strategy = tf.distribute.get_strategy()
    if not strategy.extended._in_multi_worker_mode():
        return logs
    return {name: tf.reshape(value, (1,)) for name, value in logs.items()}


class BuiltAlready:
    """A `keras.Model` all of whose weights are made in `__init__`; a mixin.

    Under a strategy Keras takes the mean over replicas of a first batch, to
    build a model by its shapes, and fails with several machines where the
    batch is a tuple, such as (images, labels), with `Attempt to convert a
    value (PerReplica ...) with an unsupported type` (Keras 3.15; see
    https://github.com/keras-team/keras/issues/20329).
    """

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        pass


def slurm_cluster_resolver():
    """The machines of a Slurm step, with GPUs or without.

    TensorFlow's resolver counts GPUs by `nvidia-smi`, and fails where there is
    none, or no GPU (TensorFlow 2.21, `SlurmClusterResolver`). There each task
    is counted as one GPU, which nobody looks for.
    """
    options = {}
    if shutil.which("nvidia-smi") is None:
        options = {
            "gpus_per_node": int(os.environ["SLURM_STEP_NUM_TASKS"]),
            "gpus_per_task": 1,
            "auto_set_gpu": False,
        }
    return tf.distribute.cluster_resolver.SlurmClusterResolver(**options)
