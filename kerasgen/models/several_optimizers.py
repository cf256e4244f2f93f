"""A Keras model that is compiled with any number of optimizers."""

import keras
import tensorflow as tf

from kerasgen.distribution.workarounds import prepare_for_replicas

_COMPILE_OPTIONS = (
    "auto_scale_loss",
    "jit_compile",
    "run_eagerly",
    "steps_per_execution",
)


class SeveralOptimizersModel(keras.Model):
    """What `keras.Model` does for one optimizer, for several.

    A subclass calls `_compile()` from its `compile()` and `minimize()` from
    its `train_step()`. All optimizers are built, saved, restored and scaled
    for float16, and a step's loss may be shared by several replicas.
    """

    def _compile(self, optimizers, **options):
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
        ready = []
        for name, (optimizer, variables) in optimizers.items():
            optimizer = keras.optimizers.get(optimizer)
            if any(optimizer is other for other in ready):
                raise ValueError(
                    f"Argument `{name}` must be an optimizer of its own. "
                    "Received: one that updates another network too. Make two."
                )
            # Keras scales the loss of `model.optimizer` alone, and builds
            # others only while tracing, where a strategy forbids it.
            if self.compute_dtype == "float16" and not isinstance(
                optimizer, keras.optimizers.LossScaleOptimizer
            ):
                optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
            prepare_for_replicas(optimizer)
            optimizer.build(variables)
            ready.append(optimizer)
        super().compile(optimizer=ready[0], loss=None, **options)
        for name, optimizer in zip(optimizers, ready):
            setattr(self, name, optimizer)
        self._compile_arguments = tuple(optimizers), dict(options)
        # What `kerasgen.models.compilation` keeps between calls of `fit`; as
        # an attribute, Keras would wrap it.
        vars(self)["functions_of"] = {}

    @property
    def optimizers(self):
        """The optimizers that `compile` made, one a network or group."""
        if not self.compiled:
            return []
        names, _ = self._compile_arguments
        return [getattr(self, name) for name in names]

    def _assert_compile_called(self, method_name=None):
        # Keras does not say whose `compile()`.
        if not self.compiled:
            raise ValueError(
                f"{type(self).__name__} must be compiled before "
                f"`{method_name or 'fit'}`. Received: a model that is not, as "
                "one that was saved or loaded without. Call `model.compile()` "
                "first."
            )

    def is_free_to_choose(self, option, default):
        """Whether neither `compile` nor anybody later set an option."""
        told = self._compile_arguments[1].get(option, "auto")
        return told == "auto" and getattr(self, option) == default

    def get_compile_config(self):
        if not self.compiled:
            return {}
        names, options = self._compile_arguments
        optimizers = {name: getattr(self, name) for name in names}
        return keras.saving.serialize_keras_object({**optimizers, **options})

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

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
