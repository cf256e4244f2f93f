"""Networks as they are with averaged weights (Polyak averaging).

Keras's optimizers keep the averages (`use_ema=True`); Keras's own way to use
them, `SwapEMAWeights`, exchanges weights in place and knows `model.optimizer`
alone.
"""

import keras
import tensorflow as tf

from kerasgen.models import training_data


def keeps_averages(optimizer):
    """Whether an optimizer keeps averages of the weights that it updates."""
    return bool(unwrapped(optimizer).use_ema)


def keep_averages(optimizer, momentum):
    """Makes an optimizer that is not built yet keep averages.

    Args:
        optimizer: `keras.Optimizer`.
        momentum: float in [0, 1). Share of the old average in the new one.
    """
    inner = unwrapped(optimizer)
    inner.use_ema = True
    inner.ema_momentum = momentum


def end_with_own_averages(optimizer):
    """Has `fit` overwrite by averages what an optimizer was built on.

    At its end Keras hands `model.optimizer` all that the model trains, and
    pairs them with the averages in their order.

    Args:
        optimizer: `keras.Optimizer`.
    """
    inner = unwrapped(optimizer)

    def finalize_variable_values(_):
        usual = type(inner).finalize_variable_values
        usual(inner, inner._trainable_variables)

    inner.finalize_variable_values = finalize_variable_values


def has_averages(optimizer):
    """Whether there are averages already, which is so from step 1 on."""
    with tf.init_scope():
        return keeps_averages(optimizer) and bool(
            keras.ops.convert_to_numpy(optimizer.iterations) > 0
        )


def averaged_weights(optimizer):
    """A scope in which an optimizer's weights have their averages' values.

    Args:
        optimizer: `keras.Optimizer`.

    Returns:
        `keras.StatelessScope`.
    """
    inner = unwrapped(optimizer)
    # Keras has no public name for either list.
    pairs = zip(
        inner._trainable_variables, inner._model_variables_moving_average
    )
    return keras.StatelessScope([(own, mean.value) for own, mean in pairs])


def check_swaps(callbacks, optimizers, model):
    """Raises where `SwapEMAWeights` finds no averages to swap.

    Args:
        callbacks: what `fit` got.
        optimizers: dict from name to `keras.Optimizer`, the first that which
            Keras knows.
        model: `keras.Model` that they are of.
    """
    kinds = map(type, training_data.listed(callbacks))
    if keras.callbacks.SwapEMAWeights not in kinds or not optimizers:
        return
    name = next(iter(optimizers))
    if not keeps_averages(optimizers[name]):
        fix = "Compile with one that has use_ema=True."
        if hasattr(model, "ema_momentum"):
            fix = (
                "Leave the callback out: with `ema_momentum` a GAN draws and "
                "exports with the averages of its generator anyway."
            )
        raise ValueError(
            "Callback SwapEMAWeights must have an optimizer that averages "
            f"weights: `{name}` of {type(model).__name__}. Received: one with "
            f"use_ema=False. {fix}"
        )


def unwrapped(optimizer):
    """An optimizer without the `LossScaleOptimizer` around it, if any."""
    return getattr(optimizer, "inner_optimizer", optimizer)
