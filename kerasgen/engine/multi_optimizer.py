"""A Keras model that is compiled with any number of optimizers."""

import collections

import keras
import tensorflow as tf

from kerasgen.distribution.workarounds import prepare_for_replicas
from kerasgen.engine import averaging
from kerasgen.engine import configuration
from kerasgen.engine import learning_rates
from kerasgen.engine.averaging import AveragedWeights
from kerasgen.engine.regularization import regularization

_COMPILE_OPTIONS = (
    "auto_scale_loss",
    "jit_compile",
    "run_eagerly",
    "steps_per_execution",
)
# What `get_compile_config` keeps besides arguments of `compile`.
_MULTIPLES = "learning_rate_multiples"
_WHEN_COMPILED = "when_compiled"


class MultiOptimizerModel(AveragedWeights):
    """What `keras.Model` does for one optimizer, for several.

    A subclass calls `compile_optimizers()` from its `compile()` and
    `minimize()` or `train_networks()` from its `train_step()`. All optimizers
    are built, saved, restored and scaled for float16, a step's loss may be
    shared by several replicas, and what sets the learning rate of
    `model.optimizer` moves those of the others along.
    """

    # The names of the optimizers that may average weights; `None` for the first
    # and those whose weights no other updates.
    averaging_optimizers = None

    def compile_optimizers(self, optimizers, **options):
        """Compiles with any number of optimizers.

        Args:
            optimizers: dict from attribute name to (optimizer, variables it
                updates). The first is Keras's `model.optimizer` too.
            **options: Options of `keras.Model.compile`.
        """
        for name in options:
            if name not in _COMPILE_OPTIONS:
                raise ValueError(
                    f"{type(self).__name__}.compile() takes optimizers and "
                    f"{', '.join(f'`{o}`' for o in _COMPILE_OPTIONS)}; the "
                    f"loss and metrics are the model's own. "
                    f"Received: {name}={options[name]!r}."
                )
        ready = {}
        for name, (optimizer, variables) in optimizers.items():
            optimizer = keras.optimizers.get(optimizer)
            if any(optimizer is other for other in ready.values()):
                raise ValueError(
                    f"Argument `{name}` must be an optimizer of its own. "
                    "Received: one that updates another network too. Make two."
                )
            if averaging.keeps_averages(optimizer):
                self._check_averaging(name, optimizers)
            # Keras scales the loss of `model.optimizer` alone, and builds
            # others only while tracing, where a strategy forbids it.
            if self.compute_dtype == "float16" and not isinstance(
                optimizer, keras.optimizers.LossScaleOptimizer
            ):
                optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
            prepare_for_replicas(optimizer)
            averaging.keep_trained_weights(optimizer)
            optimizer.build(variables)
            ready[name] = optimizer
        first = next(iter(ready.values()))
        super().compile(optimizer=first, loss=None, **options)
        for name, optimizer in ready.items():
            setattr(self, name, optimizer)
        # As attributes, Keras would track them.
        vars(self)["_linked_rates"] = learning_rates.LinkedRates(ready)
        vars(self)["_when_compiled"] = configuration.trainability(self)
        self._compile_arguments = tuple(optimizers), dict(options)
        # What `kerasgen.engine.compilation` keeps between calls of `fit`; as
        # an attribute, Keras would wrap it.
        vars(self)["compiled_for"] = {}
        self.num_compilations = getattr(self, "num_compilations", 0) + 1

    def _check_averaging(self, name, optimizers):
        allowed = self.averaging_optimizers
        if allowed is None:
            groups = [variables for _, variables in optimizers.values()]
            updates = collections.Counter(id(v) for vs in groups for v in vs)
            first = next(iter(optimizers))
            allowed = [
                each
                for each, variables in zip(optimizers, groups)
                if each == first or all(updates[id(v)] == 1 for v in variables)
            ]
        if name not in allowed:
            others = ", ".join(f"`{other}`" for other in allowed)
            raise ValueError(
                f"Argument `{name}` must not average weights. Received: an "
                "optimizer with use_ema=True. "
                + (f"That of {others} may." if others else "Leave it out.")
            )

    @property
    def optimizers(self):
        """The optimizers that `compile` made, one a network or group."""
        return list(self._named_optimizers().values())

    def _named_optimizers(self):
        if not self.compiled:
            return {}
        names, _ = self._compile_arguments
        return {name: getattr(self, name) for name in names}

    def fit(self, *args, callbacks=None, **kwargs):
        optimizers = self._named_optimizers()
        averaging.check_swaps(callbacks, self)
        callbacks = learning_rates.with_log(callbacks, optimizers)
        return super().fit(*args, callbacks=callbacks, **kwargs)

    def _assert_compile_called(self, method_name=None):
        # Keras does not say whose `compile()`.
        if not self.compiled:
            raise ValueError(
                f"{type(self).__name__} must be compiled before "
                f"`{method_name or 'fit'}`. Received: a model that is not, as "
                "one that was saved or loaded without. Call `model.compile()` "
                "first."
            )

    def is_unset(self, option, default):
        """Whether neither `compile` nor anybody later set an option."""
        given = self._compile_arguments[1].get(option, "auto")
        return given == "auto" and getattr(self, option) == default

    def get_compile_config(self):
        if not self.compiled:
            return {}
        _, options = self._compile_arguments
        config = keras.saving.serialize_keras_object(
            {**self._named_optimizers(), **options}
        )
        multiples = self._linked_rates.unsaid_multiples()
        if multiples:
            config[_MULTIPLES] = multiples
        # Optimizers have state for what was trainable then.
        if self._when_compiled != configuration.trainability(self):
            config[_WHEN_COMPILED] = self._when_compiled
        return config

    def compile_from_config(self, config):
        config = dict(config)
        multiples = config.pop(_MULTIPLES, {})
        now = configuration.trainability(self)
        then = config.pop(_WHEN_COMPILED, now)
        if then != now:
            configuration.set_trainability(self, **then)
        self.compile(**keras.saving.deserialize_keras_object(config))
        if then != now:
            configuration.set_trainability(self, **now)
        self._linked_rates.restore(multiples)

    def minimize(self, loss, tape, optimizer, variables):
        """Takes one step of one optimizer.

        Args:
            loss: float32 scalar tensor, a mean over the global batch.
            tape: `tf.GradientTape` that recorded it.
            optimizer: `keras.Optimizer`, built on `variables`.
            variables: list of `keras.Variable`.
        """
        # Gradients of all replicas are added up. Scaling what is propagated
        # back, and not the loss, leaves the loss free to be reported.
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        scale = optimizer.scale_loss(tf.ones_like(loss) / replicas)
        gradients = tape.gradient(loss, variables, output_gradients=scale)
        optimizer.apply(gradients, variables)

    def train_networks(self, networks, optimizer, compute_losses, *arguments):
        """Takes one step of some networks down the sum of their losses.

        Args:
            networks: list of `keras.Model`, whose weights alone are moved.
            optimizer: `keras.Optimizer`, built on their trainable weights.
            compute_losses: function that returns a dict from name to float32
                scalar tensor, each a mean over the global batch.
            *arguments: what it is called with.

        Returns:
            What it returned.
        """
        variables = trainable_variables(networks)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in variables])
            values = compute_losses(*arguments)
            penalties = sum(regularization(network) for network in networks)
            loss = tf.add_n(list(values.values())) + penalties
        self.minimize(loss, tape, optimizer, variables)
        return values


def trainable_variables(networks):
    """The trainable variables of several networks, in their order."""
    return [v for network in networks for v in network.trainable_variables]
