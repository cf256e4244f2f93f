"""Faults of Keras 3 and TensorFlow, and what is done about each.

Each has its upstream issue, or what was searched for in vain, and a test in
tests/distribution/test_workarounds.py that fails once the fault is gone: then
the workaround can go too.
"""

import contextlib
import ctypes
import functools
import os
import shutil
import signal

import tensorflow as tf
from tensorflow.python.data.ops import multi_device_iterator_ops

from kerasgen.utils.autotune import without_autotune


@contextlib.contextmanager
def replica_data_without_autotune():
    """A scope in which the data sets of replicas run without tf.data's tuner.

    Under a strategy, each device has a data set of its own, which fetches from
    that of the user. The user's options do not reach it, so that it is tuned
    even where these say not to, and ends late (see `kerasgen.utils.autotune`):
    an epoch of four seconds in eight (TensorFlow 2.21; there is no issue by
    the words "multi device iterator", "options", "autotune", nor by "iterator",
    "destruction", "slow", "epoch end").
    """
    made = multi_device_iterator_ops._create_device_dataset

    def create(*arguments, **options):
        return without_autotune(made(*arguments, **options))

    multi_device_iterator_ops._create_device_dataset = create
    try:
        yield
    finally:
        multi_device_iterator_ops._create_device_dataset = made


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
    if not spans_workers(tf.distribute.get_strategy()):
        return logs
    return {name: tf.reshape(value, (1,)) for name, value in logs.items()}


def spans_workers(strategy):
    """Whether the replicas of a strategy are of several machines.

    TensorFlow has no public way to ask for it; Keras asks as this does.
    """
    return strategy.extended._in_multi_worker_mode()


class WithoutSymbolicBuild:
    """A mixin for a `keras.Model` that makes all its weights in `__init__`.

    Under a strategy Keras takes the mean over replicas of a first batch, to
    build a model by its shapes, and fails with several machines where the
    batch is a tuple, such as (images, labels), with `Attempt to convert a
    value (PerReplica ...) with an unsupported type` (Keras 3.15; see
    https://github.com/keras-team/keras/issues/20329). A model that is built
    needs none of that.
    """

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        pass


def prepare_for_replicas(optimizer):
    """Lets an optimizer do on several replicas what it does on one.

    Keras's optimizers add up gradients over replicas too late (Keras 3.15):
    after each replica's were clipped by themselves (`clipnorm` and the like;
    see https://github.com/tensorflow/tensorflow/issues/33929), and after
    `LossScaleOptimizer` looked for infinities in those of the first replica
    (since https://github.com/keras-team/keras/pull/18691; there is no issue by
    the words "LossScaleOptimizer", "overflow", "per replica"). A prepared one
    adds them up first.

    And where gradients are accumulated, Keras fails with `merge_call called
    while defining a new graph`, as a replica cannot wait for others in a branch
    (https://github.com/keras-team/keras/issues/20582; a remedy is proposed in
    https://github.com/keras-team/keras/pull/23592). A prepared one takes the
    branch where all replicas meet.

    Args:
        optimizer: `keras.Optimizer`.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    # It may have been prepared by itself before.
    vars(inner).pop("apply", None)
    inner._all_reduce_sum_gradients = list
    inner._backend_apply_gradients = functools.partial(_apply, inner)
    # What `apply_gradients` calls too.
    optimizer.apply = functools.partial(_apply_sum, optimizer)


def _apply_sum(optimizer, grads, trainable_variables=None):
    gradients = _sum_over_replicas(grads)
    type(optimizer).apply(optimizer, gradients, trainable_variables)


def _sum_over_replicas(gradients):
    """Gradients of all replicas, `None` where a variable has none."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return gradients
    known = [gradient for gradient in gradients if gradient is not None]
    sums = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, known))
    return [None if gradient is None else next(sums) for gradient in gradients]


def _apply(optimizer, gradients, variables):
    steps = optimizer.gradient_accumulation_steps
    context = tf.distribute.get_replica_context()
    if not steps or context.num_replicas_in_sync == 1:
        usual = type(optimizer)._backend_apply_gradients
        usual(optimizer, gradients, variables)
        return
    if optimizer.ema_overwrite_frequency:
        raise ValueError(
            "Argument `ema_overwrite_frequency` must be None where gradients "
            "are accumulated on several replicas. Received: "
            f"ema_overwrite_frequency={optimizer.ema_overwrite_frequency}."
        )
    sums = [
        optimizer._accumulated_gradients[optimizer._get_variable_index(v)]
        for v in variables
    ]

    def update(gradients):
        means = [(g + s) / steps for g, s in zip(gradients, sums)]
        means = optimizer._clip_gradients(means)
        optimizer._apply_weight_decay(variables)
        optimizer._backend_update_step(
            means, variables, optimizer.learning_rate
        )
        optimizer._backend_reset_gradient_accumulators()

    def add(gradients):
        optimizer._backend_increment_gradient_accumulators(gradients, sums)

    def meet(strategy, gradients):
        on_each = functools.partial(
            strategy.extended.call_for_each_replica, args=(gradients,)
        )
        tf.cond(
            (optimizer._iterations + 1) % steps == 0,
            lambda: on_each(update),
            lambda: on_each(add),
        )

    context.merge_call(meet, args=(gradients,))
    if optimizer.use_ema:
        # After each step, as Keras does.
        optimizer._update_model_variables_moving_average(
            optimizer._trainable_variables
        )


def set_initial_epoch(model, epoch):
    """Has `fit`, which has begun, go on from an epoch.

    Keras reads it once all callbacks have begun, and has no public way to set
    it (Keras 3.15; its own `BackupAndRestore` does as this; there is no issue
    by the words "initial_epoch", "callback", "resume").

    Args:
        model: `keras.Model`.
        epoch: int, or `None` for what `fit` got; to be set again once it
            was read, or a later `fit` would begin there.
    """
    model._initial_epoch = epoch


@contextlib.contextmanager
def keep_sigterm():
    """A scope after which SIGTERM does what it did before.

    When TensorFlow joins a cluster, it takes SIGTERM for a notice of
    preemption, and the process goes on for good (TensorFlow 2.21; there is no
    issue by the words "SIGTERM", "preemption notifier", "coordination
    service").
    """
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before == signal.SIG_DFL and os.name == "posix":
            # Python lets its main thread alone do so, and takes what it has set
            # itself for what is.
            reset = ctypes.CDLL(None).signal
            reset.argtypes = [ctypes.c_int, ctypes.c_void_p]
            reset(signal.SIGTERM, None)


def slurm_cluster_resolver():
    """The machines of a Slurm step, with GPUs or without.

    TensorFlow's resolver counts GPUs by `nvidia-smi`, and fails where there is
    none, or no GPU (TensorFlow 2.21; see
    https://github.com/tensorflow/tensorflow/issues/56894). There each task is
    counted as one GPU, so that tasks are spread over machines.
    """
    options = {}
    if shutil.which("nvidia-smi") is None:
        options = {
            "gpus_per_node": int(os.environ["SLURM_STEP_NUM_TASKS"]),
            "gpus_per_task": 1,
            "auto_set_gpu": False,
        }
    return _SlurmClusterResolver(**options)


class _SlurmClusterResolver(
    tf.distribute.cluster_resolver.SlurmClusterResolver
):
    def num_accelerators(self, *_, **__):
        """What there is, and not what Slurm was asked for."""
        return {"GPU": len(tf.config.get_visible_devices("GPU"))}


def warm_up_averages(optimizer):
    """Has an optimizer forget the first weights as fast as there are steps.

    Keras's moving averages have one momentum from the second step on, so that
    of 2,000 steps at .999 the first one is 13% (Keras 3.15; there is no issue
    by the words "use_ema", "warm-up", "bias"). Here the momentum of step `n`
    is `(1 + n) / (10 + n)`, if that is less, as in
    `tf.train.ExponentialMovingAverage`.

    Args:
        optimizer: `keras.Optimizer` with `use_ema`.
    """

    def update(variables):
        # With accumulated gradients it is a tensor.
        steps = tf.convert_to_tensor(optimizer.iterations)
        steps = tf.cast(steps, tf.float32)
        momentum = tf.minimum(
            (1.0 + steps) / (10.0 + steps), optimizer.ema_momentum
        )
        momentum *= tf.cast(steps > 0.0, tf.float32)
        averages = optimizer._model_variables_moving_average
        for variable, average in zip(variables, averages):
            if average is not None:
                share = tf.cast(momentum, average.dtype)
                average.assign(share * average + (1.0 - share) * variable)

    optimizer._update_model_variables_moving_average = update
