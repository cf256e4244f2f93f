"""What is done about faults of Keras and TensorFlow, and that they are there.

A test of a fault runs Keras and TensorFlow alone. Where it fails the fault is
gone, or has another face: look whether the workaround can go.
"""

import contextlib
import functools
import inspect
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.data.ops import multi_device_iterator_ops

import kerasgen
from kerasgen.cli import local_workers
from kerasgen.distribution import workarounds

IMAGES = np.random.default_rng(0).random((16, 8, 8, 1)).astype("float32")
# Enough for the gradients of a first step to be clipped.
CLIPPED = {"global_clipnorm": 0.01}
ACCUMULATED = {"gradient_accumulation_steps": 2}


def build(policy="float32", strategy=None, **options):
    """A GAN that averages weights, compiled with SGD."""
    keras.utils.set_random_seed(0)
    optimizer = functools.partial(
        keras.optimizers.SGD, options.pop("learning_rate", 0.1), **options
    )
    with strategy.scope() if strategy else contextlib.nullcontext():
        model = kerasgen.GAN(
            (8, 8, 1),
            latent_dim=3,
            network="mlp",
            network_options={"hidden_units": [8], "dropout": 0.0},
            ema_momentum=0.5,
            seed=0,
            dtype=policy,
        )
        model.compile(optimizer(), optimizer())
    return model


def fit(model, epochs):
    return model.fit(IMAGES, batch_size=16, epochs=epochs, verbose=0)


def number(variable):
    """The value of a scalar, of one replica or several."""
    return keras.ops.convert_to_numpy(variable).item()


def weights_of(network):
    return [variable.numpy() for variable in network.trainable_variables]


def values(model):
    """Weights, and what optimizers hold, averages and sums among it."""
    variables = [*model.weights]
    for optimizer in model.optimizers:
        variables += optimizer.variables
    return [variable.numpy() for variable in variables]


@pytest.mark.parametrize(
    ("policy", "options", "updates", "tolerance"),
    [
        ("float32", CLIPPED, 5, 1e-6),
        ("float32", {"clipnorm": 0.005, "momentum": 0.9}, 5, 1e-6),
        ("float32", ACCUMULATED, 2, 1e-6),
        ("float32", {**ACCUMULATED, **CLIPPED}, 2, 1e-6),
        ("mixed_float16", {}, 5, 1e-3),
        ("mixed_float16", ACCUMULATED, 2, 1e-3),
    ],
)
def test_two_replicas_equal_one(strategy, policy, options, updates, tolerance):
    one = build(policy, **options)
    two = build(policy, strategy, **options)
    start = values(one)
    for model in (one, two):
        fit(model, 5)
        assert [number(o.iterations) for o in model.optimizers] == [updates] * 2
    for a, b in zip(values(one), values(two), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)
    assert any(np.any(a != b) for a, b in zip(start, values(one)))
    # By the averages.
    np.testing.assert_allclose(
        one.generate(4, seed=0), two.generate(4, seed=0), rtol=0, atol=1e-2
    )


def test_accumulated_batches_are_one(strategy):
    """Two batches, no noise: the mean of their gradients is that of both."""

    def trained(batch_size, steps, strategy=None):
        keras.utils.set_random_seed(0)
        with strategy.scope() if strategy else contextlib.nullcontext():
            model = kerasgen.Autoencoder(
                (8, 8, 1), 3, network_options={"hidden_units": [8]}, seed=0
            )
            model.compile(
                keras.optimizers.SGD(0.5, gradient_accumulation_steps=steps)
            )
        model.fit(IMAGES, batch_size=batch_size, verbose=0, shuffle=False)
        return weights_of(model)

    expected = trained(16, None)
    for found in (trained(8, 2), trained(8, 2, strategy)):
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)


def test_averages_overwrite_nothing_where_they_cannot(strategy):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = kerasgen.VAE((8, 8, 1), 3, seed=0)
        model.compile(
            keras.optimizers.SGD(
                use_ema=True, ema_overwrite_frequency=2, **ACCUMULATED
            )
        )
    with pytest.raises(ValueError, match="`ema_overwrite_frequency`"):
        fit(model, 1)


# === Loss scaling ===


@pytest.mark.parametrize("is_shared", [False, True])
def test_an_overflow_skips_one_optimizer(strategy, is_shared):
    """Where one network's gradients overflow, the other learns on."""
    model = build("mixed_float16", strategy if is_shared else None)
    scaled = model.generator_optimizer
    # float16 ends at 65,504.
    scaled.dynamic_scale.assign(2.0**40)
    before = weights_of(model.generator)
    others = weights_of(model.discriminator)
    fit(model, 1)
    for a, b in zip(before, weights_of(model.generator), strict=True):
        np.testing.assert_array_equal(a, b)
    assert number(scaled.dynamic_scale) == 2.0**39
    assert number(scaled.iterations) == 0
    other = model.discriminator_optimizer
    assert number(other.dynamic_scale) == 2.0**15
    assert number(other.iterations) == 1
    assert any(
        np.any(a != b) for a, b in zip(others, weights_of(model.discriminator))
    )
    # It goes on with a scale that it can bear.
    fit(model, 40)
    assert number(scaled.iterations) > 0
    assert all(np.all(np.isfinite(weight)) for weight in weights_of(model))


def test_an_overflow_of_the_last_replica_counts(strategy):
    """Keras looks at the first replica's gradients."""
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = kerasgen.Autoencoder(
            (8, 8, 1),
            3,
            loss="squared_error",
            network_options={"hidden_units": [8]},
            seed=0,
            dtype="mixed_float16",
        )
        model.compile(keras.optimizers.SGD(0.1))
    # Gradients of the first eight are small: a new network's images are grey.
    model.optimizer.dynamic_scale.assign(2.0**17)
    images = np.full((16, 8, 8, 1), 0.5, "float32")
    images[8:] = 1.0
    before = weights_of(model)
    model.fit(images, batch_size=16, shuffle=False, verbose=0)
    for a, b in zip(before, weights_of(model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert number(model.optimizer.dynamic_scale) == 2.0**16


def test_data_of_replicas_are_untuned(strategy, monkeypatch):
    made = []
    create = multi_device_iterator_ops._create_device_dataset
    iterate = tf.data.Dataset.__iter__

    def watched(dataset):
        made.append(dataset.options().autotune.enabled)
        return iterate(dataset)

    monkeypatch.setattr(tf.data.Dataset, "__iter__", watched)
    data = strategy.experimental_distribute_dataset(
        tf.data.Dataset.range(8).batch(4)
    )
    with workarounds.replica_data_without_autotune():
        first, _ = strategy.experimental_local_results(next(iter(data)))
    np.testing.assert_array_equal(first, [0, 1])
    # One of each replica.
    assert made.count(False) == 2
    assert multi_device_iterator_ops._create_device_dataset is create


# === The faults ===

# What a worker of two does, with Keras and TensorFlow alone.
WORKER = """
import os, signal, time
import keras
import tensorflow as tf

strategy = tf.distribute.MultiWorkerMirroredStrategy()

class ScalarLogs(keras.Model):
    def train_step(self, data):
        return {"loss": tf.constant(1.0)}

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        pass

def error_of_fit(model_class):
    with strategy.scope():
        inputs = keras.Input((1,))
        model = model_class(inputs, keras.layers.Dense(1)(inputs))
        model.compile("sgd", "mse")
    rows = tf.zeros((4, 1))
    data = tf.data.Dataset.from_tensor_slices((rows, rows)).batch(2)
    try:
        model.fit(data, verbose=0)
    except Exception as error:
        return " ".join(str(error).split())

print(error_of_fit(keras.Model))
print(error_of_fit(ScalarLogs))
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(1)
print("goes on", flush=True)
os._exit(0)  # Not to wait for the other.
"""


@pytest.fixture(scope="module")
def workers():
    """What each of two workers prints."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER],
            env={**os.environ, "TF_CONFIG": config},
            stdout=subprocess.PIPE,
            text=True,
        )
        for config in local_workers.cluster(2)
    ]
    try:
        return [each.communicate(timeout=300)[0] for each in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def step(strategy, optimizer, gradients):
    """A weight after a step from 0 that has a gradient a replica."""
    with strategy.scope():
        weight = keras.Variable(np.zeros(2, "float32"))
        optimizer.build([weight])
    of_replicas = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(
            gradients[context.replica_id_in_sync_group], tf.float32
        )
    )

    @tf.function
    def apply():
        strategy.run(lambda g: optimizer.apply([g], [weight]), [of_replicas])

    apply()
    return weight.numpy()


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [(None, [-1, -1]), (workarounds.prepare_for_replicas, [-0.6, -0.8])],
)
def test_keras_clips_before_it_sums(strategy, prepare, expected):
    with strategy.scope():
        optimizer = keras.optimizers.SGD(1.0, global_clipnorm=1.0)
    if prepare:
        prepare(optimizer)
    found = step(strategy, optimizer, [[3, 0], [0, 4]])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("prepare", "is_seen"),
    [(None, False), (workarounds.prepare_for_replicas, True)],
)
def test_keras_sees_an_overflow_of_the_first_replica(
    strategy, prepare, is_seen
):
    with strategy.scope():
        inner = keras.optimizers.SGD(1.0)
        optimizer = keras.optimizers.LossScaleOptimizer(inner)
    if prepare:
        prepare(optimizer)
    found = step(strategy, optimizer, [[1, 1], [np.inf, 1]])
    assert np.all(np.isfinite(found)) == is_seen


def test_keras_accumulates_on_no_replicas(strategy):
    with strategy.scope():
        optimizer = keras.optimizers.SGD(1.0, gradient_accumulation_steps=2)
    with pytest.raises(RuntimeError, match="merge_call"):
        step(strategy, optimizer, [[3, 0], [0, 4]])


def test_options_reach_no_data_of_replicas(strategy, monkeypatch):
    made = []
    create = multi_device_iterator_ops._create_device_dataset

    def watched(*arguments, **options):
        made.append(create(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(
        multi_device_iterator_ops, "_create_device_dataset", watched
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    data = tf.data.Dataset.range(8).batch(4).with_options(options)
    next(iter(strategy.experimental_distribute_dataset(data)))
    assert [data.options().autotune.enabled for data in made] == [None, None]


def test_keras_builds_by_no_pairs_of_several_workers(workers):
    for printed in workers:
        assert "unsupported type" in printed.splitlines()[0]


def test_keras_reduces_no_scalars_of_several_workers(workers):
    for printed in workers:
        assert "Invalid reduction dimension 0" in printed.splitlines()[1]


@pytest.mark.skipif(os.name != "posix", reason="about signals")
def test_tensorflow_takes_sigterm_for_a_notice(workers):
    for printed in workers:
        assert printed.splitlines()[2] == "goes on"


def test_slurm_needs_a_program_that_counts_gpus(monkeypatch):
    for name, value in {
        "PROCID": "0",
        "STEP_NUM_TASKS": "2",
        "STEP_NODELIST": "node[1-2]",
        "STEP_TASKS_PER_NODE": "1(x2)",
    }.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="nvidia-smi"):
        tf.distribute.cluster_resolver.SlurmClusterResolver()
    workarounds.slurm_cluster_resolver()


@pytest.mark.parametrize(("epoch", "expected"), [(None, 3), (2, 1)])
def test_fit_reads_the_initial_epoch_late(epoch, expected):
    """Else a callback could not set it."""

    class Resume(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            workarounds.set_initial_epoch(self.model, epoch)

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    ones = np.ones((2, 1))
    history = model.fit(ones, ones, epochs=3, callbacks=[Resume()], verbose=0)
    assert len(history.epoch) == expected


# Names that Keras and TensorFlow may change without notice.
OF_OPTIMIZERS = (
    "_accumulated_gradients",
    "_all_reduce_sum_gradients",
    "_apply_weight_decay",
    "_backend_apply_gradients",
    "_backend_increment_gradient_accumulators",
    "_backend_reset_gradient_accumulators",
    "_backend_update_step",
    "_clip_gradients",
    "_get_variable_index",
    "_iterations",
    "_trainable_variables",
    "_update_model_variables_moving_average",
)


@pytest.mark.parametrize("name", OF_OPTIMIZERS)
def test_private_names_of_optimizers(name):
    optimizer = keras.optimizers.SGD(gradient_accumulation_steps=2)
    optimizer.build([keras.Variable(0.0)])
    assert hasattr(optimizer, name)


@pytest.mark.parametrize(
    "name", ["_learning_rate", "_model_variables_moving_average"]
)
def test_private_names_of_averages_and_rates(name):
    optimizer = keras.optimizers.SGD(use_ema=True)
    optimizer.build([keras.Variable(0.0)])
    assert hasattr(optimizer, name)
    assert callable(optimizer._untrack_variable)


@pytest.mark.parametrize("with_warm_up", [False, True])
def test_keras_averages_keep_the_first_weights(with_warm_up):
    """Of 100 steps at .99, a third is the first; with a warm-up, nothing."""
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.99)
    variable = keras.Variable(0.0)
    optimizer.build([variable])
    if with_warm_up:
        workarounds.warm_up_averages(optimizer)
    for value in [0.0] + 100 * [1.0]:
        variable.assign(value)
        optimizer.apply([keras.ops.zeros(())])
    average = optimizer._model_variables_moving_average[0]
    expected = 1.0 if with_warm_up else 1 - 0.99**100
    np.testing.assert_allclose(average, expected, rtol=0, atol=1e-4)


def test_private_names_of_models_and_strategies(strategy):
    assert callable(keras.Model._maybe_symbolic_build)
    assert keras.Sequential()._initial_epoch is None
    assert not workarounds.spans_workers(strategy)
    # Where it is missing, Keras's own words come for a model that is not
    # compiled, and data are checked once more an epoch.
    assert callable(keras.Model._assert_compile_called)
    code = inspect.getsource(keras.Model.fit)
    assert "_use_cached_eval_dataset" in code
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dropout(0.5)])
    (dropout,) = model.layers
    assert dropout in model._flatten_layers()
    assert len(dropout._seed_generators) == 1
    assert dropout._layers == []
    assert list(dropout._trainable_variables) == []
    assert model._distribute_strategy is None
    assert keras.callbacks.TensorBoard()._should_trace is False


def test_private_names_of_layers():
    layer = keras.layers.BatchNormalization(synchronized=True)
    layer.build((None, 3))
    assert callable(layer._moments)
    assert list(layer._reduction_axes) == [0]
    inputs = keras.Input((2,))
    dense = keras.layers.Dense(2)
    # Applied twice, there is a node more.
    model = keras.Model(inputs, dense(dense(inputs)))
    assert len(model._nodes) == len(model.operations) + 1


def test_data_sets_tell_what_they_are_made_from():
    """Else the order of epochs and the names of classes would be lost."""
    data = tf.data.Dataset.range(3)
    (source,) = data.map(lambda x: x)._inputs()
    assert source is data
