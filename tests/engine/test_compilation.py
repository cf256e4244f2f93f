"""How steps are compiled where nobody says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.engine import compilation

IMAGES = np.random.default_rng(0).random((64, 8, 8, 1)).astype("float32")


@pytest.fixture(autouse=True)
def few_steps_count(monkeypatch):
    monkeypatch.setattr(compilation, "_STEPS", 3)


@pytest.fixture
def little_work_counts(monkeypatch):
    # 612 parameters, and three or four steps an epoch.
    monkeypatch.setattr(compilation, "_LEAST_WORK", 1800)


def build(network="mlp", dtype=None, **options):
    width = {"filters": 2} if network == "dcgan" else {"hidden_units": [4]}
    model = kerasgen.VAE(
        (8, 8, 1),
        2,
        network=network,
        network_options=width,
        seed=0,
        dtype=dtype,
    )
    model.compile(**options)
    return model


class Look(keras.callbacks.Callback):
    """Notes what a call of `fit` uses."""

    def on_epoch_end(self, epoch, logs=None):
        self.seen = self.model.jit_compile, self.model.steps_per_execution


def chosen(model, callbacks=(), data=IMAGES, **options):
    """What `fit` chose."""
    look = Look()
    if isinstance(data, np.ndarray):
        options = {"batch_size": 16, **options}
    model.fit(data, callbacks=[*callbacks, look], verbose=0, **options)
    return look.seen


def test_dense_networks(little_work_counts):
    model = build()
    assert chosen(model) == (True, 3)
    # Elsewhere all is as it was.
    assert (model.jit_compile, model.steps_per_execution) == (False, 1)


def test_little_work_is_not_worth_compiling():
    assert chosen(build()) == (False, 3)


def test_short_epochs_have_nothing_to_gain():
    assert chosen(build(), batch_size=32) == (False, 1)


def test_convolutions(little_work_counts):
    assert chosen(build("dcgan")) == (False, 1)


def test_half_precision(little_work_counts):
    assert chosen(build(dtype="mixed_bfloat16")) == (False, 3)
    assert chosen(build(dtype="mixed_float16")) == (False, 1)


class Double(keras.layers.Layer):
    """A layer of somebody's own."""

    def call(self, inputs):
        return 2 * inputs


def encoder(kind):
    x = inputs = keras.Input((8, 8, 1))
    if kind == "own":
        x = Double()(x)
    elif kind == "function":
        x = keras.ops.tanh(x)
    elif kind == "recurrent":
        x = keras.layers.SimpleRNN(2)(keras.layers.Reshape((8, 8))(x))
    x = keras.layers.Dense(4)(keras.layers.Flatten()(x))
    return keras.Model(inputs, x)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("dense", (True, 3)),
        ("own", (False, 1)),
        ("function", (False, 1)),
        ("recurrent", (False, 1)),
    ],
)
def test_networks_of_users(little_work_counts, kind, expected):
    model = kerasgen.VAE((8, 8, 1), 2, encoder=encoder(kind), seed=0)
    model.compile()
    assert chosen(model) == expected


def test_models_of_users(little_work_counts):
    class Own(kerasgen.VAE):
        pass

    model = Own((8, 8, 1), 2, network_options={"hidden_units": [4]}, seed=0)
    model.compile()
    assert chosen(model) == (False, 1)


def test_what_was_told_stays(little_work_counts):
    model = build(jit_compile=False, steps_per_execution=4)
    assert chosen(model) == (False, 4)
    assert model.get_compile_config()["steps_per_execution"] == 4
    model = build(steps_per_execution=2)
    assert chosen(model) == (True, 2)
    assert "jit_compile" not in model.get_compile_config()
    assert chosen(build(run_eagerly=True)) == (False, 1)
    assert chosen(build(jit_compile="auto")) == (True, 3)
    model = build()
    model.steps_per_execution = 2
    assert chosen(model) == (True, 2)


def test_under_a_strategy(little_work_counts, strategy):
    with strategy.scope():
        model = build()
    assert chosen(model) == (False, 1)


# === Steps that are counted ===


def test_generators_have_no_known_length(little_work_counts):
    batches = ((IMAGES[:16],) for _ in range(8))
    assert chosen(build(), data=batches, steps_per_epoch=8) == (False, 1)


def test_numbers_of_steps_are_kept(little_work_counts):
    endless = tf.data.Dataset.from_tensors(IMAGES[:16]).repeat()
    model = build()
    model.fit(endless, steps_per_epoch=5, epochs=2, verbose=0)
    assert int(model.training_steps) == 10
    chosen(model)
    model.evaluate(endless, steps=4, verbose=0)
    assert int(model._evaluation_steps) == 4
    fitted = model.fit(
        IMAGES,
        batch_size=16,
        validation_data=endless,
        validation_steps=2,
        verbose=0,
    )
    assert "val_loss" in fitted.history
    assert int(model._evaluation_steps) == 2


def test_predict_is_what_it_was(little_work_counts):
    class Predict(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.shape = self.model.predict(IMAGES, verbose=0).shape

    model, predict = build(), Predict()
    assert model.predict(IMAGES, verbose=0).shape == IMAGES.shape
    model.fit(IMAGES, batch_size=16, callbacks=[predict], verbose=0)
    assert predict.shape == IMAGES.shape
    assert model.predict(IMAGES, verbose=0).shape == IMAGES.shape


def test_functions_are_traced_once():
    model = build()
    chosen(model)
    traced = []
    train_step = model.train_step
    model.train_step = lambda data: traced.append(0) or train_step(data)
    chosen(model)
    assert not traced
    model.compile()
    chosen(model)
    assert traced


# === Callbacks ===


class AtBatches(keras.callbacks.Callback):
    """Counts batches."""

    batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1


class SaveAtBatches(keras.callbacks.ModelCheckpoint):
    """Looks at batches beside what Keras's does at epochs."""

    batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1


def test_callbacks_see_each_batch(tmp_path):
    for callback in (AtBatches(), SaveAtBatches(tmp_path / "model.keras")):
        assert chosen(build(), [callback]) == (False, 1)
        assert callback.batches == 4
    numbers = []
    lambdas = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: numbers.append(batch)
    )
    assert chosen(build(), [lambdas]) == (False, 1)
    assert numbers == [0, 1, 2, 3]


def test_callbacks_that_look_at_epochs(tmp_path):
    model = build()
    callbacks = [
        keras.callbacks.TensorBoard(tmp_path / "logs"),
        keras.callbacks.BackupAndRestore(tmp_path / "backup"),
        keras.callbacks.ModelCheckpoint(tmp_path / "model.keras"),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None),
        kerasgen.callbacks.Checkpoint(tmp_path / "checkpoints"),
        kerasgen.callbacks.HistoryFile(tmp_path / "history.csv"),
    ]
    assert chosen(model, callbacks) == (False, 3)
    every = keras.callbacks.TensorBoard(tmp_path / "logs", update_freq=1)
    assert chosen(model, [every]) == (False, 1)
    every = keras.callbacks.ModelCheckpoint(tmp_path / "m.keras", save_freq=2)
    assert chosen(model, [every]) == (False, 1)
    assert chosen(model) == (False, 3)


def test_the_choice_changes_nothing_that_is_learned(little_work_counts):
    free = build()
    plain = build(jit_compile=False, steps_per_execution=1)
    plain.set_weights(free.get_weights())
    histories = []
    for model, expected in ((free, (True, 3)), (plain, (False, 1))):
        look = Look()
        fitted = model.fit(
            IMAGES,
            batch_size=20,
            epochs=3,
            validation_data=IMAGES[:50],
            callbacks=[look],
            verbose=0,
        )
        assert look.seen == expected
        histories.append(fitted.history)
    for name, values in histories[0].items():
        np.testing.assert_allclose(values, histories[1][name], rtol=1e-4)
    for a, b in zip(free.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-4)
