"""How `fit` compiles a step where `compile` was not told.

Keras's own choice is one step an execution and, on CPUs, no XLA. That is right
for convolutions, which XLA does not leave to oneDNN, and wrong for dense
networks, whose steps are short. Seconds of an epoch of 60,000 images in batches
of 128 on two cores, and of compiling:

| | Keras's choice | several steps | XLA too | compiling with XLA |
|---|---|---|---|---|
| VAE 784-512-16 | 4.1 | 2.5 | 1.9 | 4 |
| GAN 32-256-256-784, dense | 5.6 | 3.4 | 2.6 | 4 |
"""

import keras
import tensorflow as tf

from kerasgen.utils.devices import only_cpus

# Steps that the cost of an execution is shared by. Progress is shown, and an
# interruption seen, after each execution.
_STEPS = 20
# Parameters times steps of an epoch from which on XLA gains in some ten epochs
# what compiling takes.
_LEAST_WORK = 10**8

_CONVOLUTIONS = tuple(
    getattr(keras.layers, f"{kind}{rank}D")
    for kind in ("Conv", "DepthwiseConv", "SeparableConv")
    for rank in (1, 2)
) + (
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)
_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
)


def choose(model, steps_per_epoch, callbacks):
    """Sets `jit_compile` and `steps_per_execution` for a call of `fit`.

    What `compile` was told stays, and everything where nothing was measured:
    with GPUs, and with layers or steps that are not Keras's or ours; and under
    a strategy, where Keras uses no XLA either, and a loop over steps cannot
    hold the branches of float16 and of accumulated gradients. The choice
    is a function of the model, the data and the machine, and not of the number
    of epochs: a run that is resumed does what it would have done.

    Args:
        model: `SeveralOptimizersModel`.
        steps_per_epoch: int or `None` if that is not known.
        callbacks: what `fit` got.
    """
    if not model.compiled or model.run_eagerly:
        return
    if tf.distribute.has_strategy() or model._distribute_strategy is not None:
        return
    if not only_cpus() or not _is_dense(model):
        return
    chosen = {
        "jit_compile": _work(model, steps_per_epoch) >= _LEAST_WORK,
        "steps_per_execution": 1 if _looks_at_batches(callbacks) else _STEPS,
    }
    for name, value in chosen.items():
        is_free = model.compile_options.get(name, "auto") == "auto"
        if is_free and getattr(model, name) != value:
            setattr(model, name, value)
            model.train_function = model.test_function = None


def _is_dense(model):
    """Whether all is known to be fast, and to be compiled, by XLA."""
    layers = list(model._flatten_layers())
    return not any(
        isinstance(layer, _CONVOLUTIONS) for layer in layers
    ) and all(
        type(layer).__module__.startswith(("keras.", "kerasgen."))
        and layer.supports_jit
        for layer in layers
    )


def _work(model, steps_per_epoch):
    """Parameters times steps; none where their number is not known."""
    parameters = sum(
        variable.shape.num_elements() for variable in model.trainable_variables
    )
    return parameters * (steps_per_epoch or 0)


def _looks_at_batches(callbacks):
    """Whether a callback does something at each batch."""
    if callbacks is None:
        return False
    if isinstance(callbacks, keras.callbacks.Callback):
        callbacks = [callbacks]
    return any(
        not _knows_epochs_alone(callback)
        for callback in getattr(callbacks, "callbacks", callbacks)
    )


def _knows_epochs_alone(callback):
    if isinstance(callback, keras.callbacks.TensorBoard):
        return callback.update_freq == "epoch" and not (
            callback.write_steps_per_second or callback._should_trace
        )
    # As Keras's callbacks that save have it, whose hooks then do nothing.
    return getattr(callback, "save_freq", None) == "epoch" or all(
        getattr(getattr(callback, hook), "__func__", None)
        is getattr(keras.callbacks.Callback, hook)
        for hook in _HOOKS
    )
