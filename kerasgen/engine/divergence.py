"""Training that stops, in words, at the first loss that is not finite."""

import keras
import numpy as np

from kerasgen.engine.finite import check_weights
from kerasgen.engine.finite import lost_weights
from kerasgen.engine.fit_callbacks import listed

_REMEDIES = (
    "Try a smaller learning rate (it was {rates}), clipped gradients, such as "
    "`keras.optimizers.Adam(1e-4, clipnorm=1.0)`"
)


class DivergenceError(RuntimeError):
    """Training that has led to a loss, or weights, that are not finite."""


class SavesModels(keras.callbacks.Callback):
    """A callback that leaves models to go back to."""

    def last_saved(self):
        """(path, number of epochs that it has trained), or `None`."""
        raise NotImplementedError


class StopWhenDiverged(keras.callbacks.Callback):
    """Ends `fit` once a loss or a weight is not finite.

    Logs are means over the epoch so far, so that one loss is seen in all that
    follow it: they are looked at after each execution, and the weights, which
    a last step may have spoilt, before the first epoch and after each.

    An optimizer that scales its loss, as for float16, skips the steps that
    overflow, and goes on: there a loss ends training after an epoch in which an
    optimizer took no step at all.

    Where `fit` is given `keras.callbacks.TerminateOnNaN`, training ends as
    that says, without an error, at whatever is looked at here.

    Args:
        model: `kerasgen.engine.BaseModel`.
        callbacks: those of `fit`, in any form that it takes.
    """

    # Keras may call it from a thread, beside the next step.
    async_safe = True

    def __init__(self, model, callbacks):
        super().__init__()
        self.set_model(model)
        self._others = listed(callbacks)
        self._is_silent = any(
            isinstance(each, keras.callbacks.TerminateOnNaN)
            and not each.raise_error
            for each in self._others
        )

    def on_train_begin(self, logs=None):
        self._epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        # Not earlier: other callbacks may load weights as training begins.
        if self._epoch is None:
            check_weights(self.model, training=True)
        self._epoch = epoch
        self._skips_steps = any(
            isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
            for optimizer in self.model.optimizers
        )
        self._steps_before = self._steps_taken()

    def on_train_batch_end(self, batch, logs=None):
        if not self._skips_steps:
            self._check_losses(logs, f"batch {batch + 1} of ")

    def on_epoch_end(self, epoch, logs=None):
        lost = lost_weights(self.model, training=True)
        if lost:
            text = f"{len(lost)} weights, such as {lost[0]}, are not finite"
            self._stop("the end of ", text)
        steps = zip(self._steps_before, self._steps_taken())
        if any(before == after for before, after in steps):
            self._check_losses(logs, "the end of ")

    def _steps_taken(self):
        return [int(o.iterations.numpy()) for o in self.model.optimizers]

    def _check_losses(self, logs, where):
        # At the end of an epoch, other callbacks' values stand beside them.
        own = {metric.name for metric in self.model.metrics}
        lost = [
            name
            for name, value in (logs or {}).items()
            if name in own and not np.isfinite(value).all()
        ]
        if lost:
            verb = "is" if len(lost) == 1 else "are"
            self._stop(where, f"{', '.join(lost)} {verb} not finite")

    def _stop(self, where, what):
        if self._is_silent:
            self.model.stop_training = True
            return
        raise DivergenceError(
            f"Training of {type(self.model).__name__} has diverged: {what} at "
            f"{where}epoch {self._epoch + 1}. {self._remedies()}. "
            f"{self._what_is_left()}"
        )

    def _remedies(self):
        rates = [o.learning_rate.numpy() for o in self.model.optimizers]
        parts = [_REMEDIES.format(rates=", ".join(f"{r:g}" for r in rates))]
        kinds = self.model.columns.values()
        parts += [kind.remedy for kind in kinds if kind.remedy]
        if self.model.compute_dtype != "float32":
            parts.append("float32")
        return ", ".join(parts)

    def _what_is_left(self):
        for each in self._others:
            if isinstance(each, SavesModels) and each.last_saved():
                path, epoch = each.last_saved()
                return f"The last good checkpoint, of {epoch} epochs: {path}"
        return (
            "There is no checkpoint to go back to; "
            "`kerasgen.callbacks.Checkpoint` keeps some."
        )
