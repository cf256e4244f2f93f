"""The strategies of `tf.distribute`, by name."""

import os

import tensorflow as tf

from kerasgen.distribution.meeting import wait_for_peers
from kerasgen.distribution.tf_config import check_tf_config
from kerasgen.distribution.workarounds import keep_sigterm
from kerasgen.distribution.workarounds import slurm_cluster_resolver
from kerasgen.distribution.workarounds import spans_workers
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer

STRATEGIES = ("none", "mirrored", "multiworker")


def strategy(name, devices=None):
    """Makes a strategy for `compile` and `fit` to run in.

    It must be made before TensorFlow runs its first operation. Your own
    `tf.distribute.MirroredStrategy` or `MultiWorkerMirroredStrategy` can be
    used in its stead; others were not tried.

    Args:
        name: str. `"none"`: one device. `"mirrored"`: several devices of this
            machine, which share each batch. `"multiworker"`: the machines that
            `TF_CONFIG` or Slurm name, which share each batch; every one runs
            the same program.
        devices: int or `None`. How many GPUs of a machine are used, or, where
            there is none, into how many devices its CPU is divided, which
            tries the program out but is no faster; a worker of several uses
            one of them. Defaults to all GPUs, or one CPU.

    Returns:
        `tf.distribute.Strategy`.

    Raises:
        ValueError: if the devices are not there, or nothing names the machines
            of `"multiworker"`, or `TF_CONFIG` does so wrongly.

    Example:

    ```python
    strategy = kerasgen.distribution.strategy("mirrored")
    with strategy.scope():
        model = kerasgen.VAE((28, 28, 1))
        model.compile()
    model.fit(images, batch_size=128 * strategy.num_replicas_in_sync)
    ```
    """
    check_choice("strategy", name, STRATEGIES)
    if devices is not None:
        check_positive_integer("devices", devices)
    if name == "multiworker":
        resolver = _cluster_resolver()
        _choose_devices(devices)
        # Must come before devices are listed, which starts TensorFlow.
        wait_for_peers(resolver)
        with keep_sigterm():
            made = tf.distribute.MultiWorkerMirroredStrategy(resolver)
        _devices_of(devices)
        return made
    if name == "none":
        if devices not in (None, 1):
            raise ValueError(
                "Argument `devices` must be 1 with strategy 'none'. Received: "
                f"devices={devices}. Choose 'mirrored' for more."
            )
        _choose_devices(devices)
        return tf.distribute.get_strategy()
    _choose_devices(devices)
    names = _devices_of(devices)
    # The default's collectives fail on devices that are parts of a CPU, with
    # `Shape mismatch in the collective instance`.
    on_cpu = "CPU" in names[0]
    operations = tf.distribute.ReductionToOneDevice() if on_cpu else None
    return tf.distribute.MirroredStrategy(names, operations)


def is_chief(strategy):
    """Whether this process is the one that writes files.

    Args:
        strategy: `tf.distribute.Strategy`, such as
            `model.distribute_strategy`.

    Returns:
        bool. True but for the workers of several machines that are not the
        chief, or where there is none, not the first.
    """
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    if resolver.task_type == "chief":
        return True
    has_chief = "chief" in resolver.cluster_spec().jobs
    return (
        not has_chief
        and resolver.task_type == "worker"
        and resolver.task_id == 0
    )


def check_workers_agree(strategy, epoch):
    """Raises unless all workers of several machines begin at the same epoch.

    All of them must call it, as they wait for each other.

    Args:
        strategy: `tf.distribute.Strategy`.
        epoch: int. Number of epochs that the model of this process has trained.

    Raises:
        RuntimeError: on every worker, if they differ: their weights would.
    """
    found = [epochs for (epochs,) in _found_by_workers(strategy, [epoch])]
    if len(found) > 1:
        raise RuntimeError(
            "All workers must begin at the same epoch. They found checkpoints "
            f"of {' and '.join(map(str, found))} epochs. The folder of the run "
            "must be one that all machines read, such as a network drive."
        )


def check_seeds_agree(strategy, seeds):
    """Raises unless all workers of several machines have the same seeds.

    With others, each would share out an order and draw noise of its own: some
    images would be trained on twice, and others never.

    Args:
        strategy: `tf.distribute.Strategy`.
        seeds: list of int, as many on each worker.

    Raises:
        ValueError: on every worker, if they differ.
    """
    if len(_found_by_workers(strategy, seeds)) > 1:
        raise ValueError(
            "Argument `seed` must be given, to the model and to the data set, "
            "where several workers train: without it each of them draws its "
            "own."
        )


def _found_by_workers(strategy, values):
    """Tuples of values that workers have, each once, in order."""
    if not spans_workers(strategy):
        return [tuple(values)]
    here = strategy.experimental_distribute_values_from_function(
        lambda _: tf.constant([values], tf.int64)
    )
    return sorted(set(map(tuple, strategy.gather(here, axis=0).numpy())))


def described(strategy):
    """On what a strategy trains, for people to read, such as `"2 GPUs"`."""
    number = len(tf.config.list_logical_devices("GPU"))
    on = f"{number} GPU{'s' * (number > 1)}" if number else "the CPU"
    replicas = strategy.num_replicas_in_sync
    if strategy.cluster_resolver is not None:
        return f"{replicas} replicas on several machines, each on {on}"
    if replicas > 1 and not number:
        return f"{replicas} parts of the CPU"
    return on


def _choose_devices(number):
    """Makes that many devices of this machine the ones that are used."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        if number is not None and number > len(gpus):
            raise ValueError(
                f"Argument `devices` must be at most {len(gpus)}, the number "
                f"of GPUs of this machine. Received: devices={number}."
            )
        tf.config.set_visible_devices(gpus[:number], "GPU")
    elif number is not None and number > 1:
        _divide_cpu(number)


def _devices_of(number):
    """Names of the devices that are used, once TensorFlow has started."""
    gpus = tf.config.list_logical_devices("GPU")
    found = gpus or tf.config.list_logical_devices("CPU")
    if number is not None and len(found) < number:
        raise ValueError(
            f"Argument `devices` must be at most {len(found)}, the number of "
            f"devices that TensorFlow has started with. Received: "
            f"devices={number}. Make the strategy before anything else."
        )
    return [device.name for device in found][:number]


def _divide_cpu(number):
    parts = [tf.config.LogicalDeviceConfiguration()] * number
    try:
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, parts)
    except RuntimeError:
        pass  # TensorFlow has started: what it has is counted by the caller.


def _cluster_resolver():
    """Where the standard variables say which machines there are."""
    if os.environ.get("TF_CONFIG"):
        check_tf_config(os.environ["TF_CONFIG"])
        return tf.distribute.cluster_resolver.TFConfigClusterResolver()
    if os.environ.get("SLURM_STEP_ID"):
        return slurm_cluster_resolver()
    raise ValueError(
        "Argument `strategy` must be 'multiworker' only where TF_CONFIG names "
        "the machines, or within `srun`. Received: neither. To try it on this "
        "machine: kerasgen launch --workers 2 -- train ..."
    )
