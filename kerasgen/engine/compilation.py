"""How `fit` compiles a step where `compile` leaves it open.

Keras's own choice is one step an execution and, on CPUs, no XLA. That is right
for convolutions, which XLA does not leave to oneDNN, and wrong for dense
networks, whose steps are short: there several steps an execution and XLA halve
the time of an epoch in float32, and the former alone gains in bfloat16
(benchmarks/README.md, "What comes on top of a step").
"""

import contextlib

import keras
import tensorflow as tf
from keras import layers

from kerasgen.engine.fit_callbacks import listed
from kerasgen.utils.devices import only_cpus

# Steps that the cost of an execution is shared by. Progress is shown, and an
# interruption seen, after each execution.
_STEPS = 20
# Parameters times steps of an epoch from which on XLA gains in some ten epochs
# what compiling takes.
_LEAST_WORK = 2.5 * 10**8

# Of Keras, what was measured.
_DENSE = (
    keras.Model,
    layers.Activation,
    layers.BatchNormalization,
    layers.Concatenate,
    layers.Dense,
    layers.Dropout,
    layers.Embedding,
    layers.Flatten,
    layers.InputLayer,
    layers.LayerNormalization,
    layers.LeakyReLU,
    layers.ReLU,
    layers.Rescaling,
    layers.Reshape,
)
# Of ours, those of these kinds were not.
_CONVOLUTIONS = layers.Conv2D, layers.Conv2DTranspose
_HOOKS = [
    f"on_{phase}batch_{moment}"
    for phase in ("", "train_", "test_")
    for moment in ("begin", "end")
]
# What is exchanged for a call of `fit`.
_FUNCTIONS = ("train_function", "test_function", "predict_function")
_OPTIONS = ("jit_compile", "steps_per_execution")


@contextlib.contextmanager
def automatic_options(model, num_batches, callbacks, counts_steps):
    """A scope in which a call of `fit` compiles steps as was measured best.

    What `compile` got stays, and everything where nothing was measured:
    with GPUs, under a strategy, and with layers or steps that are not Keras's
    or ours. The choice is a function of the model, the data and the machine,
    and not of the number of epochs: a run that is resumed does what it would
    have done.

    Args:
        model: `MultiOptimizerModel`.
        num_batches: int. Batches of an epoch, 0 where it is not known.
        callbacks: what `fit` got.
        counts_steps: bool. Whether `fit` is to end after a number of steps,
            which several steps an execution would overrun.
    """
    options = {}
    if model.compiled and not model.run_eagerly and _is_known(model):
        is_free = model.is_unset
        if is_free("jit_compile", False):
            options["jit_compile"] = (
                model.compute_dtype == "float32"
                and _work(model, num_batches) >= _LEAST_WORK
            )
        if is_free("steps_per_execution", 1) and not (
            counts_steps or num_batches < _STEPS or _looks_at_batches(callbacks)
        ):
            options["steps_per_execution"] = _STEPS
    before = {n: getattr(model, n) for n in (*_OPTIONS, *_FUNCTIONS)}
    if all(before[name] == value for name, value in options.items()):
        yield
        return
    # Functions know the options that they were traced with.
    key = tuple(options.items())
    kept = model.compiled_for.setdefault(key, {})
    _set(model, {**options, **dict.fromkeys(_FUNCTIONS), **kept})
    try:
        yield
    finally:
        kept.update({name: getattr(model, name) for name in _FUNCTIONS})
        if model.compiled_for.get(key) is not kept:
            # They were dropped, and so are those from before.
            before.update(dict.fromkeys(_FUNCTIONS))
        _set(model, before)


def _set(model, attributes):
    for name, value in attributes.items():
        setattr(model, name, value)


def _is_known(model):
    """Whether all of a model was measured on a CPU."""
    has_strategy = tf.distribute.has_strategy() or (
        model._distribute_strategy is not None
    )
    return (
        only_cpus()
        and not has_strategy
        and model.compute_dtype in ("float32", "bfloat16")
        and all(map(_is_dense, model._flatten_layers()))
    )


def _is_dense(layer):
    if isinstance(layer, _CONVOLUTIONS):
        return False
    # Functions of tensors, such as `keras.ops.conv`, are no layers.
    if not all(
        isinstance(operation, keras.Layer)
        for operation in getattr(layer, "operations", ())
    ):
        return False
    module = type(layer).__module__
    return module.startswith("kerasgen.") or (
        module.startswith("keras.") and isinstance(layer, _DENSE)
    )


def _work(model, num_batches):
    """Parameters times steps of an epoch."""
    return num_batches * sum(
        variable.shape.num_elements() for variable in model.trainable_variables
    )


def _looks_at_batches(callbacks):
    """Whether a callback does something at each batch."""
    return not all(map(_knows_epochs_alone, listed(callbacks)))


def _knows_epochs_alone(callback):
    kind = type(callback)
    if kind is keras.callbacks.TensorBoard:
        return callback.update_freq == "epoch" and not (
            callback.write_steps_per_second or callback._should_trace
        )
    # Their hooks then do nothing.
    if kind in (
        keras.callbacks.BackupAndRestore,
        keras.callbacks.ModelCheckpoint,
    ):
        return callback.save_freq == "epoch"
    return all(
        getattr(getattr(callback, hook), "__func__", None)
        is getattr(keras.callbacks.Callback, hook)
        for hook in _HOOKS
    )
