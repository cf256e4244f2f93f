"""Networks as they are with averaged weights (Polyak averaging).

Keras's optimizers keep the averages (`use_ema=True`); Keras's own way to use
them, `SwapEMAWeights`, exchanges weights in place and knows `model.optimizer`
alone.
"""

import contextlib

import keras
import tensorflow as tf

from kerasgen.distribution.workarounds import warm_up_averages
from kerasgen.engine.fit_callbacks import listed
from kerasgen.layers import BatchNormalization


def keeps_averages(optimizer):
    """Whether an optimizer keeps averages of the weights that it updates."""
    return bool(unwrapped(optimizer).use_ema)


def keep_averages(optimizer, momentum, with_warm_up=False):
    """Makes an optimizer that is not built yet keep averages.

    Args:
        optimizer: `keras.Optimizer`.
        momentum: float in [0, 1). Share of the old average in the new one.
        with_warm_up: bool. Whether that share grows with the steps, see
            `kerasgen.distribution.workarounds.warm_up_averages`.
    """
    inner = unwrapped(optimizer)
    inner.use_ema = True
    inner.ema_momentum = momentum
    if with_warm_up:
        warm_up_averages(inner)


def keep_trained_weights(optimizer):
    """Leaves weights as they were trained when `fit` ends.

    Keras overwrites those of `model.optimizer` by its averages, from which a
    run that is resumed would go on. Here models use averages where they are
    wanted, and train on without them.

    Args:
        optimizer: `keras.Optimizer`.
    """
    unwrapped(optimizer).finalize_variable_values = lambda variables: None


def has_averages(optimizer):
    """Whether there are averages already, which is so from step 1 on."""
    with tf.init_scope():
        return keeps_averages(optimizer) and bool(
            keras.ops.convert_to_numpy(optimizer.iterations) > 0
        )


def averaged_weights(optimizers):
    """A scope in which weights have the values of their averages.

    Args:
        optimizers: list of `keras.Optimizer`, those that keep averages.

    Returns:
        `keras.StatelessScope`.
    """
    mapping = []
    for optimizer in optimizers:
        inner = unwrapped(optimizer)
        # Keras has no public name for either list.
        pairs = zip(
            inner._trainable_variables, inner._model_variables_moving_average
        )
        mapping += [(own, mean.value) for own, mean in pairs]
    return keras.StatelessScope(mapping)


def check_swaps(callbacks, model):
    """Raises for `SwapEMAWeights`, which models here do without.

    Args:
        callbacks: what `fit` got.
        model: `keras.Model` that is fitted.
    """
    if keras.callbacks.SwapEMAWeights in map(type, listed(callbacks)):
        raise ValueError(
            "Argument `callbacks` must not hold SwapEMAWeights. Received: one "
            f"for {type(model).__name__}, which evaluates, draws and exports "
            "with the averages that its optimizers keep anyway. Leave it out; "
            "`model.use_ema = False` switches averages off."
        )


class AveragedWeights(keras.Model):
    """A model that works with the averages that its optimizers keep; a mixin.

    Training goes on with the weights themselves.
    """

    _use_ema = True

    @property
    def use_ema(self):
        """Whether averaged weights are used in all but training.

        So they are where an optimizer keeps some (`use_ema` of it) and has
        taken a step. Set it to `False` to see what the weights of the last step
        give; batch normalization then wants `update_moments`.
        """
        return self._use_ema

    @use_ema.setter
    def use_ema(self, value):
        self._use_ema = bool(value)

    @contextlib.contextmanager
    def averaged_weights(self, in_step=False):
        """A scope in which weights have the values that data are made with.

        Args:
            in_step: bool. Whether it is within a step of training, after the
                optimizers have taken theirs.
        """
        averaging = self._optimizers_with_averages(in_step)
        if not averaging:
            yield
            return
        with averaged_weights(averaging) as scope:
            yield
        # What batch normalization learned within, see `engine.moments`.
        for layer in self._flatten_layers():
            if isinstance(layer, BatchNormalization) and layer.trainable:
                for variable in layer.non_trainable_variables:
                    value = scope.get_current_value(variable)
                    if value is not None:
                        variable.assign(value)

    def with_averages(self, function):
        """A function of tensors, called within `averaged_weights`."""

        def averaged(*tensors):
            with self.averaged_weights():
                return function(*tensors)

        return averaged

    def _optimizers_with_averages(self, in_step=False):
        if not self.compiled:
            return []
        if in_step:  # Whatever the last step is to show.
            return list(filter(keeps_averages, self.optimizers))
        return list(filter(has_averages, self.optimizers)) * self.use_ema

    def which_weights(self):
        """Changes where a trace holds the values of other weights."""
        # An optimizer of another `compile` may stand at the same address.
        number = getattr(self, "num_compilations", 0)
        return number, len(self._optimizers_with_averages())

    def make_test_function(self, force=False):
        which = self.which_weights()
        if getattr(self.test_function, "which_weights", which) != which:
            force = True
        super().make_test_function(force)
        self.test_function.which_weights = which

    def make_predict_function(self, force=False):
        which = self.which_weights()
        if getattr(self.predict_function, "which_weights", which) != which:
            force = True
        function = super().make_predict_function(force)
        self.predict_function.which_weights = which
        return function

    def exported_weights(self):
        """Values of all weights, averages in place of what they average."""
        with self.averaged_weights():
            return self.get_weights()


def unwrapped(optimizer):
    """An optimizer without the `LossScaleOptimizer` around it, if any."""
    return getattr(optimizer, "inner_optimizer", optimizer)
