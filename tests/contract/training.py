"""What depends on how a model is trained: its losses and its network."""

import contextlib

import keras
import numpy as np
import pytest

from kerasgen import data
from tests.contract import shared
from tests.contract.base import Contract
from tests.contract.base import assert_finite
from tests.contract.base import assert_same_state
from tests.contract.base import assert_same_weights


class TrainingContract(Contract):
    """Part of `ModelContract`, and by itself for other networks and losses.

    A subclass of it alone trains a model that has a whole contract elsewhere
    with another network, or with arguments that are not its defaults.
    """

    def test_fit_changes_every_weight(self):
        trained = self.trained()
        assert set(trained.history) == self.metric_names
        assert_finite(trained.history)
        assert trained.before
        weights = trained.model.trainable_weights
        unmoved = {id(weight) for weight in self.unmoved(trained.model)}
        for weight, old in zip(weights, trained.before, strict=True):
            stays = np.array_equal(old, np.array(weight))
            assert stays is (id(weight) in unmoved), weight.path

    def test_save_load_and_go_on(self):
        trained = self.trained()
        loaded = keras.saving.load_model(trained.file)
        assert type(loaded) is self.model_class
        np.testing.assert_array_equal(self.draw(loaded), trained.drawn)
        history = self.fit(loaded, epochs=trained.EPOCHS, initial_epoch=2)
        assert history == {n: v[2:] for n, v in trained.history.items()}
        assert_same_state(loaded, trained.after)
        assert all(len(o.variables) > 1 for o in loaded.optimizers)

    # === Devices ===

    def fit_with_sgd(self, strategy=None):
        """A model and its history; plain SGD shows a wrong gradient scale."""
        digits, labels = data.load_arrays("digits")
        self.images = digits[: self.replica_images]
        self.labels = labels[: self.replica_images]
        with strategy.scope() if strategy else contextlib.nullcontext():
            model = self.new_model(
                optimizer=lambda: keras.optimizers.SGD(self.replica_rate),
                **self.replica_arguments,
            )
        return model, self.fit(model)

    @shared.shared
    def fitted_with_sgd(self):
        """The same, of one replica."""
        return self.fit_with_sgd()

    def test_replicas_equal_one(self, strategy):
        one, history = self.fitted_with_sgd()
        two, of_two = self.fit_with_sgd(strategy)
        for name in self.metric_names:
            # Differences of large sums may be nearly nothing; processors add
            # in other orders, which spectral norms make more of.
            np.testing.assert_allclose(
                history[name], of_two[name], rtol=5e-5, atol=1e-6
            )
        assert_same_weights(one, two, tolerance=1e-5)
        assert two.trainable_weights
        for weight in two.trainable_weights:
            a, b = (v.numpy() for v in weight.value.values)
            np.testing.assert_array_equal(a, b)

    def test_compiled_by_xla_or_not(self):
        # A batch of another size would be compiled anew.
        self.images = self.images[:32]
        models, histories = [], []
        for jit_compile in (False, True):
            model = self.new_model(
                optimizer=lambda: keras.optimizers.SGD(self.xla_rate),
                # Eagerly a few steps take less time than a trace.
                options={
                    "jit_compile": jit_compile,
                    "run_eagerly": not jit_compile,
                },
                **self.replica_arguments,
            )
            models.append(model)
            histories.append(self.fit(model))
        for name in self.metric_names:
            np.testing.assert_allclose(
                histories[0][name], histories[1][name], rtol=1e-3
            )
        np.testing.assert_allclose(
            self.draw(models[0]),
            self.draw(models[1]),
            rtol=0,
            atol=1e-3,
        )

    @pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
    def test_mixed_precision(self, policy):
        scaled = policy == "mixed_float16"
        # A graph takes long, and is traced once a use of the engine.
        model = self.new_model(dtype=policy, options={"run_eagerly": True})
        self.images = self.images[:16]
        assert_finite(self.fit(model))
        assert {w.dtype for w in model.trainable_weights} == {"float32"}
        layers = keras.layers
        kinds = (layers.Dense, layers.Conv1D, layers.Conv2D)
        used = {
            layer.compute_dtype
            for layer in model._flatten_layers()
            if isinstance(layer, kinds)
        }
        assert policy.removeprefix("mixed_") in used
        scales = [
            isinstance(o, keras.optimizers.LossScaleOptimizer)
            for o in model.optimizers
        ]
        assert scales == [scaled] * len(scales)
        drawn = self.draw(model)
        assert drawn.dtype in (np.float32, np.int32)
        assert_finite(drawn)
