"""Training that diverges stops in words, and nothing good is lost by it."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import callbacks
from kerasgen.models import DivergenceError
from kerasgen.models import NotFiniteError

SMALL = {"latent_dim": 2, "network": "mlp", "seed": 0}
UNITS = {"network_options": {"hidden_units": [8]}}


def vae(learning_rate=1e-3, **options):
    model = kerasgen.VAE(
        (8, 8, 1), **SMALL, **UNITS, dtype=options.pop("dtype", None)
    )
    model.compile(keras.optimizers.Adam(learning_rate), **options)
    return model


def spoil(model, value=np.nan):
    """Makes one weight of a model not finite."""
    weight = model.trainable_weights[-1]
    values = weight.numpy()
    values.flat[-1] = value
    weight.assign(values)
    return model


@pytest.mark.parametrize(
    "options",
    [{}, {"jit_compile": True}, {"steps_per_execution": 3}],
    ids=str,
)
def test_it_stops_at_the_first_loss(options, digits):
    model = vae(1e30, **options)
    expected = (
        "Training of VAE has diverged: .*loss.* not finite at batch .* of "
        "epoch 1.*smaller learning rate .it was 1e.30.*clipnorm.*no checkpoint"
    )
    with pytest.raises(DivergenceError, match=expected) as caught:
        model.fit(digits, batch_size=8, epochs=30, verbose=0)
    assert isinstance(caught.value, RuntimeError)
    assert int(model.training_steps.numpy()) <= 8


@pytest.mark.parametrize(
    ("name", "losses"),
    [
        ("GAN", "g_loss"),
        ("WGANGP", "d_loss"),
        ("Autoencoder", "loss"),
        ("IDEC", "loss"),
    ],
)
def test_models_of_other_kinds(name, losses, digits):
    model = getattr(kerasgen, name)((8, 8, 1), **SMALL)
    model.compile()
    for optimizer in model.optimizers:
        optimizer.learning_rate = 1e30
    options = {"epochs": 60} if name == "IDEC" else {}
    with pytest.raises(DivergenceError, match=losses):
        model.fit(digits, batch_size=8, verbose=0, **options)


def test_replicas(strategy, digits):
    with strategy.scope():
        model = vae(1e30)
    with pytest.raises(DivergenceError, match="epoch 1"):
        model.fit(digits, batch_size=8, verbose=0)


def rows_model(**options):
    return kerasgen.Autoencoder((3,), **SMALL, **UNITS, **options)


def test_weights_that_the_last_step_spoilt():
    model = rows_model()
    model.compile(keras.optimizers.SGD(3e38))
    # The one loss there is, is of the weights before.
    with pytest.raises(DivergenceError, match="weights.*the end of epoch 1"):
        model.fit(np.full((8, 3), 100.0), batch_size=8, verbose=0)


def test_rows_are_told_to_be_standardised():
    rows = np.full((8, 3), 1e25, "float32")
    model = rows_model()
    model.compile()
    with pytest.raises(DivergenceError, match="StandardScaler"):
        model.fit(rows, verbose=0)


def test_the_last_good_checkpoint_stays_and_is_named(digits, tmp_path):
    model = vae(run_eagerly=True)
    diverges = keras.callbacks.LearningRateScheduler(
        lambda epoch, rate: 1e30 if epoch == 2 else rate
    )
    checkpoint = callbacks.Checkpoint(tmp_path / "checkpoints", keep=1)
    history = callbacks.HistoryFile(tmp_path / "history.csv")
    with pytest.raises(DivergenceError, match="epoch_0002.keras") as caught:
        model.fit(
            digits,
            epochs=9,
            callbacks=[diverges, history, checkpoint],
            verbose=0,
        )
    assert "of epoch 3" in str(caught.value)
    path, epoch = callbacks.latest_checkpoint(tmp_path / "checkpoints")
    assert epoch == 2
    assert list(path.parent.glob("*.keras")) == [path]
    assert len((tmp_path / "history.csv").read_text().splitlines()) == 3
    # The way out that the message names.
    again = keras.saving.load_model(path)
    again.optimizer.learning_rate = 1e-4
    again.fit(
        digits,
        initial_epoch=epoch,
        epochs=4,
        callbacks=[checkpoint],
        verbose=0,
    )
    assert np.isfinite(again.generate(4, seed=0)).all()


def test_terminate_on_nan_ends_it_without_an_error(digits, tmp_path):
    model = vae(1e30)
    grids = callbacks.SampleGrid(tmp_path / "grids", num_samples=4)
    checkpoint = callbacks.Checkpoint(tmp_path / "checkpoints")
    stop = keras.callbacks.TerminateOnNaN()
    with (
        pytest.warns(callbacks.CheckpointWarning, match="epoch_0000"),
        pytest.warns(UserWarning, match="No samples are drawn"),
    ):
        history = model.fit(
            digits,
            batch_size=8,
            epochs=30,
            callbacks=[stop, grids, checkpoint],
            verbose=0,
        )
    assert len(history.epoch) == 1
    assert not (tmp_path / "grids").exists()
    assert callbacks.latest_checkpoint(tmp_path / "checkpoints")[1] == 0


def test_terminate_on_nan_ends_a_gan_too(digits):
    # It looks for `loss` alone, which a GAN does not report.
    model = kerasgen.GAN((8, 8, 1), **SMALL)
    model.compile()
    model.generator_optimizer.learning_rate = 1e30
    stop = keras.callbacks.TerminateOnNaN()
    history = model.fit(
        digits, batch_size=8, epochs=30, callbacks=[stop], verbose=0
    )
    assert len(history.epoch) == 1
    stop = keras.callbacks.TerminateOnNaN(raise_error=True)
    model = vae(1e30)
    with pytest.raises(RuntimeError, match="finite|NaN"):
        model.fit(digits, batch_size=8, callbacks=[stop], verbose=0)


def test_a_list_of_callbacks_of_keras(digits, tmp_path):
    model = vae(1e30)
    checkpoint = callbacks.Checkpoint(tmp_path)
    given = keras.callbacks.CallbackList(
        [checkpoint], model=model, epochs=3, steps=8
    )
    with pytest.raises(DivergenceError, match="epoch_0000.keras"):
        model.fit(digits, batch_size=8, epochs=3, callbacks=given, verbose=0)


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_a_lost_model_is_not_trained(value, digits):
    model = spoil(vae(run_eagerly=True), value)
    with pytest.raises(NotFiniteError, match="must be finite") as caught:
        model.fit(digits, verbose=0)
    assert isinstance(caught.value, ValueError)
    assert int(model.training_steps.numpy()) == 0


def test_a_lost_model_goes_back_to_its_checkpoint(digits, tmp_path):
    checkpoint = callbacks.Checkpoint(tmp_path, restore=True)
    model = vae(run_eagerly=True)
    model.fit(digits, callbacks=[checkpoint], verbose=0)
    spoil(model)
    model.fit(digits, epochs=2, callbacks=[checkpoint], verbose=0)
    assert callbacks.latest_checkpoint(tmp_path)[1] == 2
    assert np.isfinite(model.generate(2, seed=0)).all()


def test_steps_that_overflow_float16_are_skipped(digits):
    model = vae(dtype="mixed_float16")
    scaled = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(1e-3), initial_scale=2.0**40
    )
    model.compile(scaled)
    model.fit(digits, batch_size=4, epochs=4, verbose=0)
    assert float(scaled.dynamic_scale.numpy()) < 2.0**40
    assert 0 < int(scaled.iterations.numpy()) < 64


def test_float16_in_which_no_step_is_taken(digits):
    model = vae(dtype="mixed_float16")
    for weight in model.encoder.trainable_weights:
        weight.assign(np.full(weight.shape, 1e5))
    with pytest.raises(DivergenceError, match="end of epoch 1.*float32"):
        model.fit(digits, batch_size=16, verbose=0)
