"""Two sides of an adversarial game, each with an optimizer of its own."""

import keras

from kerasgen.engine import averaging
from kerasgen.engine.multi_optimizer import trainable_variables
from kerasgen.engine.optimizer_names import names_optimizers


class AdversarialTraining:
    """Compiles a model of generators and discriminators; a mixin.

    A subclass names the networks of either side, in `generator_networks` and
    `discriminator_networks`, and has an argument `ema_momentum`.
    """

    averaging_optimizers = ("generator_optimizer",)

    @property
    def generator_networks(self):
        """What the generator's optimizer updates, a list of `keras.Model`."""
        return [self.generator]

    @property
    def discriminator_networks(self):
        """What the discriminator's optimizer updates, likewise."""
        return [self.discriminator]

    @staticmethod
    def default_optimizer():
        # Radford et al. (2016), section 4.
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    @names_optimizers
    def compile(
        self, generator_optimizer=None, discriminator_optimizer=None, **options
    ):
        """Configures training.

        Args:
            generator_optimizer: `keras.Optimizer` or its name. Defaults to
                the paper's, see `default_optimizer()`. If it keeps averages
                of the weights (`use_ema`), they are used as those of
                `ema_momentum`.
            discriminator_optimizer: the same, for the discriminator; without
                averages.
            **options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`.
        """
        generator_optimizer = keras.optimizers.get(
            generator_optimizer or self.default_optimizer()
        )
        if self.ema_momentum is not None:
            averaging.keep_averages(generator_optimizer, self.ema_momentum)
        self.compile_optimizers(
            {
                "discriminator_optimizer": (
                    discriminator_optimizer or self.default_optimizer(),
                    trainable_variables(self.discriminator_networks),
                ),
                "generator_optimizer": (
                    generator_optimizer,
                    trainable_variables(self.generator_networks),
                ),
            },
            **options,
        )
