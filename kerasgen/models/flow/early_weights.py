"""Guidance by what a model was early in its training."""

import contextlib

import keras
import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import positive_integer


class KeepsEarlyWeights:
    """A flow that may keep its network as it was early on; a mixin.

    Guidance then leads away from what that network predicts (autoguidance,
    Karras et al. 2024, https://arxiv.org/abs/2406.02507): both make the same
    mistakes, the early one larger ones.
    """

    guide = Argument(None, one_of(None, "class", "early"))
    early_steps = Argument(300, positive_integer)

    def configure(self):
        super().configure()
        if self.guide is None:
            self.guide = "early" if self.num_classes is None else "class"
        if self.guide == "class" and self.num_classes is None:
            raise ValueError(
                'Argument `guide` must be "early" without classes. Received: '
                'guide="class", num_classes=None.'
            )

    def build_networks(self):
        super().build_networks()
        self._early_values = []
        if self.guide == "early":
            self._early_values = [
                self.add_weight(
                    name=f"early_{number}",
                    shape=weight.shape,
                    initializer="zeros",
                    trainable=False,
                    # It is the same on all of them.
                    aggregation="only_first_replica",
                )
                for number, weight in enumerate(self._guiding_weights())
            ]
            for kept, weight in self._early_pairs():
                kept.assign(weight)

    def _guiding_weights(self):
        # Not the states of seeds.
        return [
            weight
            for weight in self.backbone.weights
            if keras.backend.is_float_dtype(weight.dtype)
        ]

    def _early_pairs(self):
        return zip(self._early_values, self._guiding_weights())

    def take_step(self, batch):
        values = super().take_step(batch)
        is_early = self.training_steps.value <= self.early_steps
        with self.averaged_weights(in_step=True):
            # Not `tf.cond`, in which replicas cannot assign.
            news = [
                tf.where(is_early, weight.value, kept.value)
                for kept, weight in self._early_pairs()
            ]
        for kept, new in zip(self._early_values, news):
            kept.assign(new)
        return values

    @contextlib.contextmanager
    def early_weights(self):
        """A scope in which the network is as it was after `early_steps`."""
        with keras.StatelessScope(
            [(weight, kept.value) for kept, weight in self._early_pairs()]
        ):
            yield
