"""What `fit` takes and refuses, and how its steps are taken."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import data
from tests.contract.base import assert_finite
from tests.contract.base import network_parts
from tests.contract.distinct import once_a
from tests.contract.training import TrainingContract

# What spoils images, and what the error must say.
BAD_IMAGES = (
    (lambda x: (x > 0.5).astype("uint8"), "uint8"),
    (lambda x: x * 255, "255"),
    (lambda x: x * 2 - 1, "-1"),
    (lambda x: np.where(x > 0.9, np.nan, x), "NaN"),
    (lambda x: x[:, :7], r"\(16, 7, 8, 1\)|\(64, 7, 8, 1\)"),
    (lambda x: x[..., 0], r"\(16, 8, 8\)|\(64, 8, 8\)"),
    (lambda x: x[:0], "empty|at least one"),
)


class FitContract(TrainingContract):
    """Part of `ModelContract`."""

    def test_same_seed_same_training(self):
        """Though this one is validated, which must not disturb."""
        trained, model = self.trained(), self.new_model()
        held_out = self.data_for(model, self.images[:20])
        history = self.fit(
            model,
            epochs=trained.EPOCHS,
            validation_data=held_out if len(held_out) > 1 else held_out[0],
        )
        assert_finite(history)
        of_validation = {f"val_{name}" for name in self.metric_names}
        assert set(history) == self.metric_names | of_validation
        for name, values in trained.history.items():
            assert history[name] == values
        pairs = zip(
            trained.model.trainable_weights,
            model.trainable_weights,
            strict=True,
        )
        for one, other in pairs:
            np.testing.assert_array_equal(one, other, err_msg=one.path)

    def test_other_seed_other_training(self):
        first, other = (
            self.new_model(seed=seed, options={"run_eagerly": True})
            for seed in (3, 4)
        )
        # The order of the images follows the seed too; where there is noise,
        # it is kept, so that the noise alone decides.
        if self.draws_noise:
            self.images = self.images[:16]
        options = {"epochs": 1, "shuffle": not self.draws_noise}
        assert self.fit(first, **options) != self.fit(other, **options)

    @pytest.mark.parametrize("as_data_set", [False, True])
    def test_bad_images_are_refused(self, as_data_set):
        model = self.trained().model
        before = [np.array(w) for w in model.weights]
        for spoil, words in BAD_IMAGES:
            rows = self.data_for(model, spoil(self.images))
            if as_data_set:
                rows = (tf.data.Dataset.from_tensor_slices(rows).batch(16),)
            with pytest.raises(ValueError, match=words) as raised:
                model.fit(*rows, verbose=0)
            assert "must" in str(raised.value)
            assert "Received" in str(raised.value)
        for weight, old in zip(model.weights, before):
            np.testing.assert_array_equal(weight, old)

    @pytest.mark.parametrize("as_data_set", [False, True])
    def test_bad_labels_are_refused(self, as_data_set):
        model = self.trained().model
        if not model.trains_on_labels:
            if model.num_classes is None:
                with pytest.raises(ValueError, match="no classes"):
                    model.generate(2, labels=[0, 1])
            return
        images, labels = self.data_for(model)
        for spoiled, words in (
            (None, "must hold labels"),
            (labels + model.num_classes, "from 0 to"),
            (labels - 100, "from 0 to"),
            (labels * 1.0, "float"),
        ):
            rows = images, spoiled
            if as_data_set:
                rows = rows if spoiled is not None else images
                rows = (tf.data.Dataset.from_tensor_slices(rows).batch(16),)
            with pytest.raises(ValueError, match=words):
                model.fit(*rows, verbose=0)

    def test_undeclared_columns_are_refused(self):
        """Not dropped in silence, in whatever way they come."""
        model = self.trained().model
        steps = int(model.training_steps)
        columns = self.data_for(model)
        ones = np.ones(len(self.images), "float32")
        others = (self.images,) if len(columns) == 1 else (ones, self.images)
        data_set = tf.data.Dataset.from_tensor_slices((*columns, *others))
        given = [(data_set.batch(16),)]
        if len(columns) == 1:
            given.append((self.images, self.images))
        for rows in given:
            with pytest.raises(ValueError, match="a column more"):
                model.fit(*rows, verbose=0)
        assert int(model.training_steps) == steps

    def test_learning_rates_move_together(self):
        rates = iter((0.1, 0.2, 0.7))
        model = self.new_model(
            optimizer=lambda: keras.optimizers.SGD(next(rates))
        )
        before = [float(o.learning_rate) for o in model.optimizers]
        model.optimizer.learning_rate = before[0] / 2
        after = [float(o.learning_rate) for o in model.optimizers]
        assert after == [rate / 2 for rate in before]

    @once_a("use_of_engine")
    def test_compile_arguments_are_restored(self, tmp_path):
        rates = iter((0.1, 0.2, 0.3))
        model = self.new_model(
            optimizer=lambda: keras.optimizers.SGD(next(rates), momentum=0.5),
            options={"jit_compile": False, "steps_per_execution": 2},
        )
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert loaded.get_compile_config() == model.get_compile_config()
        assert loaded.jit_compile is False
        assert loaded.steps_per_execution == 2
        assert len(loaded.optimizers) == len(model.optimizers)
        for a, b in zip(model.optimizers, loaded.optimizers):
            assert type(a) is type(b)
            assert float(a.learning_rate) == float(b.learning_rate)

    @once_a("use_of_engine")
    def test_frozen_layers_stay_frozen(self, tmp_path):
        model = self.new_model(compiled=False)
        *others, last = (getattr(model, name) for name in network_parts(model))
        frozen_parts = [next(layer for layer in last.layers if layer.weights)]
        # Of several networks, one as a whole.
        frozen_parts += others[:1]
        for part in frozen_parts:
            part.trainable = False
        model.compile(run_eagerly=True)
        # One step an epoch.
        self.images = self.images[:16]
        self.fit(model)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert [layer.trainable for layer in loaded._flatten_layers()] == [
            layer.trainable for layer in model._flatten_layers()
        ]
        for a, b in zip(model.optimizers, loaded.optimizers):
            assert len(a.variables) == len(b.variables)
            for one, other in zip(a.variables, b.variables):
                np.testing.assert_array_equal(one, other)
        self.fit(loaded)
        frozen = {id(w) for part in frozen_parts for w in part.weights}
        assert frozen
        moved = [
            id(old) not in frozen
            for old, new in zip(model.weights, loaded.weights, strict=True)
            if not np.array_equal(old, new)
        ]
        assert moved
        assert all(moved)

    @once_a("use_of_engine")
    def test_gradients_are_accumulated(self):
        model = self.new_model(
            optimizer=lambda: keras.optimizers.SGD(
                0.01, gradient_accumulation_steps=2
            )
        )
        self.images = self.images[:16]
        optimizers = self.optimizers_of_a_first_epoch(model)
        groups = [optimizer._trainable_variables for optimizer in optimizers]
        first = [[v.numpy() for v in group] for group in groups]

        def after_a_step():
            self.fit(model, epochs=1)
            for optimizer, group, values in zip(optimizers, groups, first):
                changed = any(
                    np.any(variable.numpy() != value)
                    for variable, value in zip(group, values, strict=True)
                )
                assert changed == (int(optimizer.iterations) > 0)
                yield changed

        # A discriminator may take several steps to one of the generator.
        assert not all(after_a_step())
        assert all(after_a_step())

    # A class of `TrainingContract` alone runs these for its own network.

    @once_a("train_step")
    def test_replicas_equal_one(self, strategy):
        super().test_replicas_equal_one(strategy)

    @once_a("train_step")
    def test_compiled_by_xla_or_not(self):
        super().test_compiled_by_xla_or_not()

    @once_a("train_step")
    @pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
    def test_mixed_precision(self, policy):
        super().test_mixed_precision(policy)

    @once_a("use_of_engine")
    def test_trains_on_a_data_set_with_labels(self):
        model, other = (
            self.new_model(options={"run_eagerly": True}) for _ in range(2)
        )
        images = self.images[:16]
        labels = np.zeros(len(images), np.int32)
        # Labels that a model does not need change nothing.
        others = labels if model.trains_on_labels else None
        first, second = (
            each.fit(
                data.from_arrays(images, given, 16, seed=3), verbose=0
            ).history
            for each, given in ((model, labels + 1), (other, others))
        )
        assert (first == second) is not model.trains_on_labels

    @once_a("use_of_engine")
    def test_half_precision_in_a_graph(self):
        """Scaling of the loss is a condition there."""
        model = self.new_model(dtype="mixed_float16")
        assert_finite(self.fit(model))
        for optimizer in model.optimizers:
            # Steps whose gradients overflow are left out.
            assert int(optimizer.inner_optimizer.iterations) > 0

    @once_a("use_of_engine")
    def test_replicas_draw_different_noise(self, strategy):
        with strategy.scope():
            model = self.new_model()
        columns = model.columns.values()

        @tf.function
        def draw():
            zeros = tuple(tf.zeros((4, *k.shape)) for k in columns)
            noise = model.next_batch(zeros).normal((3,))
            states = [
                tf.identity(g.state.value) for g in model._layer_seed_generators
            ]
            return [noise, *states]

        for drawn in strategy.run(draw):
            first, second = strategy.experimental_local_results(drawn)
            assert not np.any(first.numpy() == second.numpy())

    @once_a("use_of_engine")
    def test_two_workers_equal_one(self, two_workers):
        one, history = self.fitted_with_sgd()
        (first, weights), (second, others) = two_workers.train(type(self))
        assert first == second
        for a, b, c in zip(weights, others, one.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
            np.testing.assert_allclose(a, c, rtol=0, atol=1e-5)
        for name in self.metric_names:
            np.testing.assert_allclose(
                first[name], history[name], rtol=1e-5, atol=1e-6
            )
