"""Images made with averaged weights, where there are any."""

import contextlib

from kerasgen.models import averaging
from kerasgen.models import moments


class AveragedGenerator:
    """A GAN that draws with the averages that its optimizer keeps; a mixin."""

    _use_ema = True
    _averaging_optimizers = ("generator_optimizer",)

    @property
    def use_ema(self):
        """Whether `generate`, `evaluate` and `export` use averaged weights.

        So they do where there are any. Set it to `False` to see what the
        weights of the last step give; batch normalization then wants
        `update_moments`.
        """
        return self._use_ema

    @use_ema.setter
    def use_ema(self, value):
        self._use_ema = bool(value)

    def make_test_function(self, force=False):
        # A trace keeps the weights that it was made for.
        which = self._which_weights()
        if getattr(self.test_function, "which_weights", which) != which:
            force = True
        super().make_test_function(force)
        self.test_function.which_weights = which

    @contextlib.contextmanager
    def _averaged_weights(self):
        """A scope in which weights have the values that images are made of."""
        if not self._which_weights():
            yield
            return
        with averaging.averaged_weights(self.generator_optimizer) as scope:
            yield
        # What batch normalization learned within, see `models.moments`.
        for layer in moments.layers_of(self):
            for variable in layer.non_trainable_variables:
                value = scope.get_current_value(variable)
                if value is not None:
                    variable.assign(value)

    def _exported_weights(self):
        with self._averaged_weights():
            return super()._exported_weights()

    def _which_weights(self):
        return (
            self.use_ema
            and self.compiled
            and averaging.has_averages(self.generator_optimizer)
        )
