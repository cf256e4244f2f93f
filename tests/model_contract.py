"""What every model promises; one subclass a model and network.

A subclass sets `model_class`, `arguments` (each at a value that is not its
default) and `metric_names`.
"""

import contextlib
import inspect
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import data
from kerasgen.utils.arguments import init_parameters
from tests.export_contract import ExportContract

DATA_SHAPE = (8, 8, 1)
NETWORK_PARTS = ("encoder", "decoder", "generator", "discriminator")

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


def assert_finite(values):
    assert all(np.all(np.isfinite(v)) for v in keras.tree.flatten(values))


def assert_same_weights(first, second, tolerance=0.0):
    assert len(first.weights) == len(second.weights) > 0
    for a, b in zip(first.weights, second.weights):
        np.testing.assert_allclose(
            a, b, rtol=0, atol=tolerance, err_msg=a.path, equal_nan=False
        )


def as_numpys(value):
    """Numbers as those of numpy, in lists, tuples and dicts as well."""
    kinds = {bool: np.bool_, int: np.int64, float: np.float32}
    return keras.tree.map_structure(
        lambda leaf: kinds.get(type(leaf), lambda same: same)(leaf), value
    )


def assert_close(found, expected):
    """Equal but for the rounding of float32."""
    keras.tree.map_structure(
        lambda a, b: (
            a == (pytest.approx(b) if isinstance(b, float) else b)
            or pytest.fail(f"{found} is not {expected}")
        ),
        found,
        json.loads(json.dumps(expected)),
    )


class ModelContract(ExportContract):
    model_class = None
    arguments = {}
    # Arguments that go with networks of the user's own.
    own_network_arguments = {}
    # Arguments with which one replica and two can be compared.
    replica_arguments = {}
    # In batches of 16 the last is one image, which leaves a replica without.
    replica_images = 49
    replica_rate = 0.05
    metric_names = set()
    # In training. Without, the seed decides the order of the images alone.
    draws_noise = True

    def unmoved(self, model):
        """Weights without a gradient, for a reason that the subclass gives."""
        return []

    @pytest.fixture(autouse=True)
    def _data(self, digits, digit_labels):
        self.images = digits
        self.labels = digit_labels

    def new_model(self, compiled=True, optimizer=None, options=None, **changes):
        keras.utils.set_random_seed(0)
        arguments = {"data_shape": DATA_SHAPE, "seed": 3, **self.arguments}
        model = self.model_class(**{**arguments, **changes})
        if compiled:
            optimizers = {}
            if optimizer is not None:
                names = inspect.signature(model.compile).parameters
                optimizers = {
                    n: optimizer() for n in names if n.endswith("optimizer")
                }
            model.compile(**optimizers, **(options or {}))
        return model

    def labels_for(self, model, number=None):
        """Labels for a model's methods, none where it has no classes."""
        if model.num_classes is None:
            return {}
        number = len(self.images) if number is None else number
        return {"labels": self.labels[:number] % model.num_classes}

    def data_for(self, model, images=None):
        """What the model is fitted to: images, with labels if it needs them."""
        images = self.images if images is None else images
        if not model.trains_on_labels:
            return (images,)
        return images, self.labels[: len(images)] % model.num_classes

    def optimizers_of_a_first_epoch(self, model):
        return model.optimizers

    def fit(self, model, epochs=2, **options):
        return model.fit(
            *self.data_for(model),
            batch_size=16,
            epochs=epochs,
            verbose=0,
            **options,
        ).history

    # === Config ===

    def test_numbers_may_be_numpys(self):
        expected = self.new_model(compiled=False).get_config()
        changes = as_numpys({"data_shape": DATA_SHAPE, **self.arguments})
        model = self.new_model(compiled=False, **changes)
        found = json.loads(json.dumps(model.get_config()))
        for name, value in expected.items():
            if name not in ("name", "dtype"):
                assert_close(found[name], value)

    def test_arguments_are_not_defaults(self):
        # Its own ones; a parent's contract has the parent's.
        parent = self.model_class.__mro__[1]
        parameters = init_parameters(self.model_class, parent)
        for name, parameter in parameters.items():
            if name not in (*NETWORK_PARTS, "data_shape", "seed"):
                is_default = self.arguments.get(name) == parameter.default
                # One of the two networks is the default.
                assert name == "network" or not is_default, name

    def test_config_lists_every_argument(self):
        config = self.new_model(compiled=False, name="it").get_config()
        missing = set(init_parameters(self.model_class, keras.Model)) - set(
            config
        )
        assert not missing
        for name, value in self.arguments.items():
            assert config[name] == value, name

    def test_config_round_trip(self):
        config = self.new_model(compiled=False, name="it").get_config()
        as_json = json.loads(json.dumps(config))
        assert as_json == config
        assert self.model_class.from_config(as_json).get_config() == config

    def test_own_networks_are_kept(self, tmp_path):
        source = self.new_model(compiled=False)
        parts = {
            name: keras.models.clone_model(getattr(source, name))
            for name in NETWORK_PARTS
            if name in init_parameters(self.model_class, keras.Model)
        }
        changes = self.own_network_arguments
        model = self.new_model(compiled=False, **parts, **changes)
        for name, network in parts.items():
            assert getattr(model, name) is network
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert_same_weights(model, loaded)

    def test_own_networks_of_wrong_shape_are_refused(self):
        source = self.new_model(compiled=False)
        changes = self.own_network_arguments
        for name in NETWORK_PARTS:
            if name not in init_parameters(self.model_class, keras.Model):
                continue
            network = getattr(source, name)
            if isinstance(network.input_shape, list):
                continue  # The test of the one model that has such a network.
            inputs = keras.Input(network.input_shape[1:])
            for wrong in (
                keras.Model(inputs, keras.layers.Flatten()(inputs)),
                keras.Model(
                    wide := keras.Input((5, *network.input_shape[1:])),
                    keras.layers.Flatten()(wide),
                ),
            ):
                with pytest.raises(ValueError, match=name) as raised:
                    self.new_model(compiled=False, **{name: wrong}, **changes)
                message = str(raised.value)
                if wrong.input_shape != network.input_shape:
                    shapes = network.input_shape, wrong.input_shape
                else:
                    shapes = network.output_shape, wrong.output_shape
                assert all(str(shape) in message for shape in shapes)

    # === Fit ===

    def test_fit_changes_every_weight(self):
        model = self.new_model()
        before = [np.array(w) for w in model.trainable_weights]
        held_out = self.data_for(model, self.images[:20])
        held_out = held_out if model.trains_on_labels else held_out[0]
        history = self.fit(model, validation_data=held_out)
        names = self.metric_names
        assert set(history) == names | {f"val_{name}" for name in names}
        assert_finite(history)
        assert before
        unmoved = {id(weight) for weight in self.unmoved(model)}
        for weight, old in zip(model.trainable_weights, before):
            stays = np.array_equal(old, np.array(weight))
            assert stays is (id(weight) in unmoved), weight.path

    def test_same_seed_same_training(self):
        first, second, other = (self.new_model(seed=s) for s in (3, 3, 4))
        # The order of the images follows the seed too; where there is noise,
        # it is kept, so that the noise alone decides.
        options = {"shuffle": not self.draws_noise}
        history = self.fit(first, **options)
        assert history == self.fit(second, **options)
        assert_same_weights(first, second)
        assert history != self.fit(other, **options)

    def test_evaluate_repeats_itself(self):
        model = self.new_model()
        rows = self.data_for(model)
        first = model.evaluate(*rows, batch_size=20, verbose=0)
        assert first == model.evaluate(*rows, batch_size=20, verbose=0)
        assert_finite(first)

    @pytest.mark.parametrize("as_data_set", [False, True])
    def test_bad_images_are_refused(self, as_data_set):
        model = self.new_model()
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
        model = self.new_model()
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

    def test_learning_rates_move_together(self):
        rates = iter((0.1, 0.2, 0.7))
        model = self.new_model(
            optimizer=lambda: keras.optimizers.SGD(next(rates))
        )
        before = [float(o.learning_rate) for o in model.optimizers]
        model.optimizer.learning_rate = before[0] / 2
        after = [float(o.learning_rate) for o in model.optimizers]
        assert after == [rate / 2 for rate in before]

    # === Images ===

    def test_generate(self):
        model = self.new_model(compiled=False)
        images = model.generate(4, seed=1)
        assert isinstance(images, np.ndarray)
        assert images.dtype == np.float32
        assert images.shape == (4, *DATA_SHAPE)
        assert_finite(images)
        assert images.min() >= 0
        assert images.max() <= 1
        np.testing.assert_array_equal(images, model.generate(4, seed=1))
        labels = None if model.num_classes is None else [0] * 4
        images = model.generate(4, seed=1, labels=labels)
        assert (
            np.abs(images - model.generate(4, seed=2, labels=labels)).max()
            > 1e-4
        )
        assert np.abs(images - images[:1])[1:].max(axis=(1, 2, 3)).min() > 1e-4

    def test_generate_by_class(self):
        model = self.new_model(compiled=False)
        if model.num_classes is None:
            return
        number = model.num_classes
        # A seed fixes all but the class.
        ones = model.generate(4, seed=1, labels=1)
        np.testing.assert_array_equal(
            ones, model.generate(4, seed=1, labels=[1] * 4)
        )
        zeros = model.generate(4, seed=1, labels=0)
        assert np.abs(ones - zeros).max(axis=(1, 2, 3)).min() > 1e-4
        # Without labels, one class after the other.
        np.testing.assert_array_equal(
            model.generate(number + 1, seed=1),
            model.generate(number + 1, seed=1, labels=[*range(number), 0]),
        )
        for wrong in ([0, number], [-1, 0], [0.0, 1.0], [0, 1, 1]):
            with pytest.raises(ValueError, match=f"0 to {number - 1}"):
                model.generate(2, seed=1, labels=wrong)

    def test_generate_does_not_depend_on_batches(self):
        model = self.new_model(compiled=False)
        images = model.generate(5, seed=1)
        split = model.generate(5, seed=1, batch_size=2)
        np.testing.assert_allclose(images, split, rtol=0, atol=1e-6)
        fewer = model.generate(3, seed=1)
        np.testing.assert_allclose(images[:3], fewer, rtol=0, atol=1e-6)

    def test_generate_refuses_bad_arguments(self):
        model = self.new_model(compiled=False)
        with pytest.raises(ValueError, match="num_samples=0"):
            model.generate(0)
        with pytest.raises(ValueError, match="seed=-1"):
            model.generate(1, seed=-1)

    def test_encoder_methods(self):
        model = self.new_model(compiled=False)
        if not model.has_encoder:
            for method in (model.encode, model.reconstruct):
                with pytest.raises(NotImplementedError, match="encoder"):
                    method(self.images)
            return
        labels = self.labels_for(model)
        latents = model.encode(self.images, **labels)
        assert latents.shape == (len(self.images), *model.latent_shape)
        again = model.reconstruct(self.images, **labels)
        np.testing.assert_allclose(
            again, model.decode(latents, **labels), rtol=0, atol=1e-6
        )
        assert_finite(again)
        with pytest.raises(ValueError, match="255"):
            model.encode(self.images * 255, **labels)

    # === Files ===

    def test_save_load_and_go_on(self, tmp_path):
        uninterrupted = self.new_model()
        generated = []

        def save(epoch, logs):
            if epoch == 1:
                uninterrupted.save(tmp_path / "model.keras")
                generated.append(uninterrupted.generate(4, seed=1))

        saving = keras.callbacks.LambdaCallback(on_epoch_end=save)
        history = self.fit(uninterrupted, epochs=3, callbacks=[saving])
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert type(loaded) is self.model_class
        np.testing.assert_array_equal([loaded.generate(4, seed=1)], generated)
        of_third = self.fit(loaded, epochs=3, initial_epoch=2)
        assert of_third == {
            name: values[2:] for name, values in history.items()
        }
        assert_same_weights(uninterrupted, loaded)
        for a, b in zip(uninterrupted.optimizers, loaded.optimizers):
            assert len(a.variables) == len(b.variables) > 1
            for first, second in zip(a.variables, b.variables):
                np.testing.assert_array_equal(first, second)

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

    def test_frozen_layers_stay_frozen(self, tmp_path):
        model = self.new_model(compiled=False)
        first, *_, last = (
            getattr(model, name)
            for name in NETWORK_PARTS
            if hasattr(model, name)
        )
        first.trainable = False
        single = next(layer for layer in last.layers if layer.weights)
        single.trainable = False
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
        frozen = {id(w) for part in (first, single) for w in part.weights}
        assert frozen
        moved = [
            id(old) not in frozen
            for old, new in zip(model.weights, loaded.weights, strict=True)
            if not np.array_equal(old, new)
        ]
        assert moved
        assert all(moved)

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

    def test_replicas_and_workers_equal_one(self, strategy, two_workers):
        one, history = self.fit_with_sgd()
        two, of_two = self.fit_with_sgd(strategy)
        for name in self.metric_names:
            np.testing.assert_allclose(history[name], of_two[name], rtol=1e-5)
        assert_same_weights(one, two, tolerance=1e-5)
        assert two.trainable_weights
        for weight in two.trainable_weights:
            a, b = (v.numpy() for v in weight.value.values)
            np.testing.assert_array_equal(a, b)
        (first, weights), (second, others) = two_workers.train(type(self))
        assert first == second
        for a, b, c in zip(weights, others, two.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
            np.testing.assert_allclose(a, c, rtol=0, atol=1e-5)
        for name in self.metric_names:
            np.testing.assert_allclose(first[name], of_two[name], rtol=1e-5)

    def test_replicas_draw_different_noise(self, strategy):
        with strategy.scope():
            model = self.new_model()

        @tf.function
        def draw():
            noise = model.next_batch(tf.zeros((4, *DATA_SHAPE))).normal((3,))
            states = [
                tf.identity(g.state.value) for g in model._layer_seed_generators
            ]
            return [noise, *states]

        for drawn in strategy.run(draw):
            first, second = strategy.experimental_local_results(drawn)
            assert not np.any(first.numpy() == second.numpy())

    @pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
    def test_mixed_precision(self, policy):
        model = self.new_model(dtype=policy)
        assert_finite(self.fit(model))
        assert {w.dtype for w in model.trainable_weights} == {"float32"}
        kinds = (keras.layers.Dense, keras.layers.Conv2D)
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
        assert scales == [policy == "mixed_float16"] * len(scales)
        images = model.generate(2, seed=0)
        assert images.dtype == np.float32
        assert_finite(images)

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

    def test_compiled_by_xla_or_not(self):
        models, histories = [], []
        for jit_compile in (False, True):
            model = self.new_model(
                optimizer=lambda: keras.optimizers.SGD(0.01),
                options={"jit_compile": jit_compile},
                **self.replica_arguments,
            )
            models.append(model)
            histories.append(self.fit(model))
        for name in self.metric_names:
            np.testing.assert_allclose(
                histories[0][name], histories[1][name], rtol=1e-3
            )
        np.testing.assert_allclose(
            models[0].generate(4, seed=0),
            models[1].generate(4, seed=0),
            rtol=0,
            atol=1e-3,
        )

    def test_trains_on_a_data_set_with_labels(self):
        model, other = self.new_model(), self.new_model()
        labels = np.zeros(len(self.images), np.int32)
        # Labels that a model does not need change nothing.
        others = labels if model.trains_on_labels else None
        first, second = (
            each.fit(
                data.from_arrays(self.images, given, 16, seed=3), verbose=0
            ).history
            for each, given in ((model, labels + 1), (other, others))
        )
        assert (first == second) is not model.trains_on_labels
