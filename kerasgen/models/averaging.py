"""Networks as they are with averaged weights (Polyak averaging).

Keras's optimizers keep the averages (`use_ema=True`); Keras's own way to use
them, `SwapEMAWeights`, exchanges weights in place and knows `model.optimizer`
alone.
"""

import keras
import tensorflow as tf


def keeps_averages(optimizer):
    """Whether an optimizer keeps averages of the weights that it updates."""
    return bool(_inner(optimizer).use_ema)


def keep_averages(optimizer, momentum):
    """Makes an optimizer that is not built yet keep averages.

    Args:
        optimizer: `keras.Optimizer`.
        momentum: float in [0, 1). Share of the old average in the new one.
    """
    inner = _inner(optimizer)
    inner.use_ema = True
    inner.ema_momentum = momentum


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
    inner = _inner(optimizer)
    # Keras has no public name for either list.
    pairs = zip(
        inner._trainable_variables, inner._model_variables_moving_average
    )
    return keras.StatelessScope([(own, mean.value) for own, mean in pairs])


def _inner(optimizer):
    return getattr(optimizer, "inner_optimizer", optimizer)
