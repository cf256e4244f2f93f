"""How steps are compiled where nobody says."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen.models import compilation

IMAGES = np.random.default_rng(0).random((64, 8, 8, 1)).astype("float32")


def build(network="mlp", **options):
    width = {"filters": 2} if network == "dcgan" else {"hidden_units": [4]}
    model = kerasgen.VAE(
        (8, 8, 1), 2, network=network, network_options=width, seed=0
    )
    model.compile(**options)
    return model


def chosen(model, callbacks=None, **options):
    """What `fit` chose."""
    model.fit(IMAGES, batch_size=16, callbacks=callbacks, verbose=0, **options)
    return model.jit_compile, model.steps_per_execution


@pytest.fixture
def little_work_counts(monkeypatch):
    # 612 parameters, and three or four steps an epoch.
    monkeypatch.setattr(compilation, "_LEAST_WORK", 1800)


def test_dense_networks(little_work_counts):
    assert chosen(build()) == (True, 20)


def test_little_work_is_not_worth_compiling():
    assert chosen(build()) == (False, 20)


def test_convolutions(little_work_counts):
    assert chosen(build("dcgan")) == (False, 1)


def test_own_layers_are_left_alone(little_work_counts):
    class Double(keras.layers.Layer):
        def call(self, inputs):
            return 2 * inputs

    encoder = keras.Sequential(
        [keras.layers.Flatten(), Double(), keras.layers.Dense(4)]
    )
    encoder.build((None, 8, 8, 1))
    model = kerasgen.VAE((8, 8, 1), 2, encoder=encoder, seed=0)
    model.compile()
    assert chosen(model) == (False, 1)


def test_what_compile_was_told_stays(little_work_counts):
    model = build(jit_compile=False, steps_per_execution=3)
    assert chosen(model) == (False, 3)
    assert model.get_compile_config()["steps_per_execution"] == 3
    model = build(steps_per_execution=2)
    assert chosen(model) == (True, 2)
    assert "jit_compile" not in model.get_compile_config()
    assert chosen(build(run_eagerly=True)) == (False, 1)


def test_auto_is_no_choice(little_work_counts):
    assert chosen(build(jit_compile="auto")) == (True, 20)


def test_under_a_strategy(little_work_counts, strategy):
    with strategy.scope():
        model = build()
    assert chosen(model) == (False, 1)


def test_generators_have_no_known_length(little_work_counts):
    model = build()
    batches = ((IMAGES[:16],) for _ in range(8))
    model.fit(batches, epochs=1, verbose=0)
    assert (model.jit_compile, model.steps_per_execution) == (False, 20)


class AtBatches(keras.callbacks.Callback):
    """Counts batches."""

    batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1


def test_callbacks_see_each_batch():
    callback = AtBatches()
    assert chosen(build(), callback) == (False, 1)
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
    assert chosen(model, callbacks) == (False, 20)
    every = keras.callbacks.TensorBoard(tmp_path / "logs", update_freq=1)
    assert chosen(model, [every]) == (False, 1)
    every = keras.callbacks.ModelCheckpoint(tmp_path / "m.keras", save_freq=2)
    assert chosen(model, [every]) == (False, 1)
    # And back, with functions that were traced anew.
    assert chosen(model) == (False, 20)


def test_the_choice_changes_nothing_that_is_learned(little_work_counts):
    free = build()
    plain = build(jit_compile=False, steps_per_execution=1)
    plain.set_weights(free.get_weights())
    histories = [
        model.fit(IMAGES, batch_size=24, epochs=3, verbose=0).history
        for model in (free, plain)
    ]
    assert free.jit_compile
    for name, values in histories[0].items():
        np.testing.assert_allclose(values, histories[1][name], rtol=1e-4)
    for a, b in zip(free.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-4)
