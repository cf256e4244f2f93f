"""What sets one learning rate of several moves the others along."""

import keras
import numpy as np
import pytest

import kerasgen

IMAGES = np.random.default_rng(0).random((32, 8, 8, 1)).astype("float32")
SMALL = {"latent_dim": 2, "network": "mlp", "seed": 0}
SMALL["network_options"] = {"hidden_units": [4]}
NAMES = ("discriminator_optimizer", "generator_optimizer")


def new_gan(discriminator=2e-4, generator=1e-3, dtype=None, **options):
    model = kerasgen.GAN((8, 8, 1), dtype=dtype, **SMALL)
    model.compile(
        generator_optimizer=keras.optimizers.SGD(generator),
        discriminator_optimizer=keras.optimizers.SGD(discriminator),
        **options,
    )
    return model


def rates(model):
    return [float(optimizer.learning_rate) for optimizer in model.optimizers]


def fit(model, *callbacks, epochs=3, **options):
    return model.fit(
        IMAGES,
        batch_size=16,
        epochs=epochs,
        verbose=0,
        callbacks=list(callbacks),
        **options,
    ).history


def float32(*values):
    return [float(np.float32(value)) for value in values]


# === Callbacks ===


def test_scheduler_moves_all(tmp_path):
    model = new_gan()
    history_file = kerasgen.callbacks.HistoryFile(tmp_path / "history.csv")
    halve = keras.callbacks.LearningRateScheduler(lambda _, rate: rate * 0.5)
    history = fit(model, halve, history_file)
    halved = [
        float32(*(rate / 2**n for n in (1, 2, 3))) for rate in (2e-4, 1e-3)
    ]
    assert history["learning_rate"] == halved[0]
    for name, expected in zip(NAMES, halved):
        np.testing.assert_allclose(
            history[f"{name}_learning_rate"], expected, rtol=1e-7
        )
    assert rates(model) == [values[-1] for values in halved]
    header = (tmp_path / "history.csv").read_text().splitlines()[0].split(",")
    assert {"learning_rate", *(f"{n}_learning_rate" for n in NAMES)} < set(
        header
    )


def test_absolute_rate_keeps_the_factor():
    model = new_gan()
    fit(
        model,
        keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch)),
    )
    first, second = rates(model)
    assert first == float(np.float32(0.1 / 3))
    assert second == pytest.approx(5 * first, rel=1e-6)


def test_plateau_moves_all_and_steps_follow():
    model = new_gan(0.1, 0.5)
    plateau = keras.callbacks.ReduceLROnPlateau(
        "d_loss", factor=0.0, mode="min", patience=1, min_delta=1e9
    )
    history = fit(model, plateau, epochs=2)
    assert rates(model) == [0.0, 0.0]
    assert history["generator_optimizer_learning_rate"] == [0.5, 0.5]
    before = model.get_weights()
    fit(model, epochs=1)
    moved = [
        not np.array_equal(a, b) for a, b in zip(before, model.get_weights())
    ]
    # The counters of steps alone.
    assert sum(moved) <= 2


@pytest.mark.parametrize("as_list", [False, True])
def test_callbacks_in_any_form(as_list):
    model = new_gan()
    callbacks = keras.callbacks.LearningRateScheduler(lambda _, rate: rate / 2)
    if as_list:
        callbacks = keras.callbacks.CallbackList(
            [callbacks], add_history=True, model=model
        )
    model.fit(IMAGES, batch_size=16, callbacks=callbacks, verbose=0)
    assert model.history.history["generator_optimizer_learning_rate"] == (
        float32(5e-4)
    )


def test_history_without_such_callbacks_is_as_before():
    assert set(fit(new_gan(), epochs=1)) == {"d_loss", "g_loss"}


class Doubled(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 2e-4 * 2**epoch


def test_what_callbacks_of_ones_own_set_is_in_the_history():
    model = new_gan()
    history = fit(model, Doubled(), epochs=2)
    for name, rate in zip(NAMES, rates(model)):
        assert history[f"{name}_learning_rate"][-1] == rate


# === By hand ===


def test_equal_rates_stay_equal_and_others_do_not_drift():
    equal, other = new_gan(2e-4, 2e-4), new_gan(3e-4, 7e-4)
    for value in np.random.default_rng(0).lognormal(-8, 2, 300):
        equal.optimizer.learning_rate = value
        other.optimizer.learning_rate = value
        first, second = rates(equal)
        assert first == second == float(np.float32(value))
    other.optimizer.learning_rate = 3e-4
    assert rates(other) == float32(3e-4, 7e-4)


def test_zero_is_no_end():
    model = new_gan()
    for value in (0.0, 0.0, 2e-4):
        model.optimizer.learning_rate = value
        assert (rates(model)[1] == 0) is (value == 0)
    assert rates(model) == float32(2e-4, 1e-3)


def test_undefined_factor_is_refused_before_anything_moves():
    model = new_gan(0.0, 1e-3)
    with pytest.raises(ValueError, match="generator_optimizer.*0 and 0.001"):
        model.optimizer.learning_rate = 0.1
    assert rates(model) == float32(0, 1e-3)
    # What the message says to do.
    model.generator_optimizer.learning_rate = 0.0
    for optimizer in model.optimizers:
        optimizer.learning_rate = 0.1
    assert rates(model) == float32(0.1, 0.1)


def test_others_are_set_by_themselves():
    model = new_gan()
    model.generator_optimizer.learning_rate = 4e-4
    assert rates(model) == float32(2e-4, 4e-4)
    model.optimizer.learning_rate.assign(1e-4)
    assert rates(model) == float32(1e-4, 2e-4)


def test_schedules():
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.5)
    model = new_gan(generator=schedule)
    with pytest.raises(ValueError, match="generator_optimizer.*schedule"):
        model.optimizer.learning_rate = 1e-4
    assert float(model.optimizer.learning_rate) == float(np.float32(2e-4))
    scheduler = keras.callbacks.LearningRateScheduler(lambda _, rate: rate)
    plateau = keras.callbacks.ReduceLROnPlateau()
    for callback in (scheduler, plateau):
        for options in ({"generator": schedule}, {"discriminator": schedule}):
            model = new_gan(**options)
            with pytest.raises(ValueError, match=type(callback).__name__):
                fit(model, callback)
            assert int(model.training_steps) == 0
    # A schedule for each is one's own affair.
    fit(new_gan(schedule, schedule), epochs=1)
    model = new_gan()
    with pytest.raises(ValueError, match="schedule for each"):
        model.optimizer.learning_rate = schedule
    model.optimizer.learning_rate = 1e-4
    assert rates(model) == float32(1e-4, 5e-4)


# === Precision, replicas, compile ===


def test_loss_scale_optimizers():
    model = new_gan(dtype="mixed_float16")
    halve = keras.callbacks.LearningRateScheduler(lambda _, rate: rate * 0.5)
    fit(model, halve, epochs=1)
    assert rates(model) == float32(1e-4, 5e-4)


def test_replicas(strategy):
    with strategy.scope():
        model = new_gan()
    halve = keras.callbacks.LearningRateScheduler(lambda _, rate: rate * 0.5)
    fit(model, halve, epochs=1)
    for optimizer, rate in zip(model.optimizers, float32(1e-4, 5e-4)):
        values = strategy.experimental_local_results(
            optimizer.learning_rate.value
        )
        assert [float(value) for value in values] == [rate] * len(values)


def test_compiled_again_with_the_same_optimizers():
    model = new_gan()
    first, second = model.optimizers
    model.compile(generator_optimizer=first, discriminator_optimizer=second)
    model.optimizer.learning_rate = 5e-4
    assert rates(model) == float32(5e-4, 1e-4)
    # It leads no more.
    first.learning_rate = 3e-4
    assert rates(model) == float32(5e-4, 3e-4)


# === Files ===


@pytest.mark.parametrize("way", ["load_model", "load_weights"])
def test_resumed_in_the_middle(way, tmp_path):
    path = tmp_path / "model.keras"

    def rate(epoch):
        return 3e-4 * (0.0 if epoch == 1 else 0.7**epoch)

    scheduler = keras.callbacks.LearningRateScheduler(rate)
    model = new_gan(3e-4, 7e-4)
    fit(model, scheduler, epochs=2)
    model.save(path)
    assert rates(model) == [0.0, 0.0]
    if way == "load_model":
        resumed = keras.saving.load_model(path)
    else:
        resumed = new_gan(3e-4, 7e-4)
        resumed.load_weights(path)
    assert rates(resumed) == [0.0, 0.0]
    history = fit(model, scheduler, epochs=4, initial_epoch=2)
    of_resumed = fit(resumed, scheduler, epochs=4, initial_epoch=2)
    assert history == of_resumed
    assert rates(resumed) == rates(model) != [0.0, 0.0]


def test_loading_restores_rates_as_they_were(tmp_path):
    # DEC's first optimizer is loaded after its second.
    model = kerasgen.DEC((8, 8, 1), **{**SMALL, "seed": 1})
    model.compile()
    model.clustering_optimizer.learning_rate = 0.25
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert rates(loaded) == float32(1e-3, 0.25)
    other = kerasgen.DEC((8, 8, 1), **SMALL)
    other.compile()
    other.load_weights(tmp_path / "model.keras")
    assert rates(other) == float32(1e-3, 0.25)


# === Averages ===


def test_swaps_are_refused_as_averages_are_used_anyway():
    model = kerasgen.VQVAE((8, 8, 1), latent_dim=2, seed=0)
    model.compile(keras.optimizers.Adam(use_ema=True, ema_momentum=0.9))
    with pytest.raises(ValueError, match="SwapEMAWeights.*use_ema = False"):
        fit(model, keras.callbacks.SwapEMAWeights())
    assert int(model.training_steps) == 0


@pytest.mark.parametrize(
    ("model_class", "name"),
    [
        (kerasgen.DEC, "optimizer"),
        (kerasgen.AdversarialAutoencoder, "encoder_optimizer"),
        (kerasgen.WGAN, "discriminator_optimizer"),
    ],
)
def test_averages_that_nothing_uses_are_refused(model_class, name):
    model = model_class((8, 8, 1), latent_dim=2, seed=0)
    with pytest.raises(ValueError, match=f"`{name}` must not average"):
        model.compile(**{name: keras.optimizers.Adam(use_ema=True)})
