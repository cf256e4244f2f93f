"""Images made with averaged weights, where there are any."""

from kerasgen.models import averaging


class AveragedGenerator:
    """A GAN that draws with the averages that its optimizer keeps; a mixin."""

    _use_ema = True
    _averaging_optimizers = ("generator_optimizer",)

    @property
    def use_ema(self):
        """Whether `generate` and `export` use averaged weights, if any.

        Set it to `False` to see what the weights of the last step give.
        """
        return self._use_ema

    @use_ema.setter
    def use_ema(self, value):
        self._use_ema = bool(value)

    def _averaged_weights(self):
        """A scope in which weights have the values that images are made of."""
        if not self._which_weights():
            return averaging.averaged_weights(None, wanted=False)
        return averaging.averaged_weights(self.generator_optimizer)

    def _exported_weights(self):
        with self._averaged_weights():
            return super()._exported_weights()

    def _which_weights(self):
        return (
            self.use_ema
            and self.compiled
            and averaging.has_averages(self.generator_optimizer)
        )
