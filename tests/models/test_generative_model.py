"""What the base class does with data, files and processes."""

import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen


def small_vae(**options):
    return kerasgen.VAE(
        (8, 8, 1),
        2,
        network_options={"hidden_units": [8]},
        seed=0,
        **options,
    )


@pytest.fixture
def model():
    model = small_vae()
    model.compile()
    return model


def test_a_replica_without_images_does_no_harm(strategy, digits):
    with strategy.scope():
        model = kerasgen.GAN(
            (8, 8, 1), 2, "dcgan", network_options={"filters": 2}, seed=0
        )
        model.compile()
    history = model.fit(digits[:17], batch_size=16, epochs=2, verbose=0)
    assert np.isfinite(list(history.history.values())).all()
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_two_replicas_evaluate_as_one(strategy, digits):
    keras.utils.set_random_seed(0)
    one = small_vae()
    one.compile()
    keras.utils.set_random_seed(0)
    with strategy.scope():
        two = small_vae()
        two.compile()
    first, second = (
        model.evaluate(digits[:49], batch_size=16, verbose=0, return_dict=True)
        for model in (one, two)
    )
    for name in first:
        np.testing.assert_allclose(first[name], second[name], rtol=1e-5)


def test_evaluation_weighs_images_alike(digits):
    # Without noise, the mean over images does not depend on the batches.
    model = kerasgen.GAN((2,), 2, seed=0)
    model.compile()
    model.draw = lambda latents, labels, training: tf.zeros_like(latents)
    rows = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")
    found = [
        model.evaluate(rows, batch_size=size, verbose=0) for size in (50, 16, 7)
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    np.testing.assert_allclose(found[0], found[2], rtol=1e-5)


def test_validation_split_takes_the_last_rows(model, digits):
    spoilt = digits.copy()
    spoilt[48:] = 0.0
    history = model.fit(
        spoilt, batch_size=16, validation_split=0.25, epochs=1, verbose=0
    ).history
    expected = model.evaluate(spoilt[48:], batch_size=16, verbose=0)
    assert history["val_loss"] == [expected[0]]
    assert int(model.training_steps) == 3


@pytest.mark.parametrize("kind", ["PyDataset", "generator"])
def test_other_sources_are_looked_at_and_used_whole(model, digits, kind):
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return (digits[16 * index : 16 * index + 16] * self.scale,)

        scale = 1

    source = Batches()
    x = source if kind == "PyDataset" else (source[i] for i in range(4))
    model.fit(x, steps_per_epoch=4, verbose=0)
    assert int(model.training_steps) == 4
    source.scale = 255
    x = source if kind == "PyDataset" else (source[i] for i in range(4))
    with pytest.raises(ValueError, match="/ 255"):
        model.fit(x, verbose=0)


def test_an_epoch_makes_one_iterator(model, digits, monkeypatch):
    data = kerasgen.data.from_arrays(digits[:64], batch_size=16, seed=0)
    made = []
    usual = tf.data.Dataset.__iter__

    def noted(dataset):
        made.append(dataset is data)
        return usual(dataset)

    monkeypatch.setattr(tf.data.Dataset, "__iter__", noted)
    model.fit(data, epochs=3, verbose=0)
    # One before the first epoch, and one as each ends.
    assert sum(made) == 4
    assert int(model.training_steps) == 12


@pytest.mark.parametrize(
    "x", [None, "mnist", tf.data.Dataset.range(0)], ids=["None", "str", "empty"]
)
def test_what_is_no_data_is_refused(model, x):
    with pytest.raises(ValueError, match="`x` must.*Received"):
        model.fit(x, verbose=0)


def test_bad_validation_data_are_refused_before_training(model, digits):
    with pytest.raises(ValueError, match="validation_data.*uint8"):
        bad = (digits > 0.5).astype("uint8")
        model.fit(digits, validation_data=bad, verbose=0)
    assert int(model.training_steps) == 0


def test_early_stopping_and_best_checkpoint_work(model, digits, tmp_path):
    callbacks = [
        keras.callbacks.EarlyStopping("val_loss", patience=1),
        keras.callbacks.ModelCheckpoint(
            tmp_path / "best.keras", "val_elbo", save_best_only=True, mode="max"
        ),
    ]
    model.fit(
        digits, validation_data=digits, epochs=2, callbacks=callbacks, verbose=0
    )
    assert keras.saving.load_model(tmp_path / "best.keras").built


def test_backup_and_restore_goes_on_exactly(digits, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    def run(*extra):
        keras.utils.set_random_seed(0)
        model = small_vae()
        model.compile()
        model.fit(
            digits, batch_size=16, epochs=4, callbacks=list(extra), verbose=0
        )
        return model

    whole = run()
    with pytest.raises(KeyboardInterrupt):
        run(keras.callbacks.BackupAndRestore(tmp_path), Stop())
    resumed = run(keras.callbacks.BackupAndRestore(tmp_path))
    for a, b in zip(whole.weights, resumed.weights):
        np.testing.assert_array_equal(a, b)


def in_fresh_process(code, *arguments):
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


def test_a_fresh_process_goes_on_and_serves_the_same(digits, tmp_path):
    model = kerasgen.GAN((8, 8, 1), 2, seed=0)
    model.compile()
    np.save(tmp_path / "digits.npy", digits)
    model.fit(digits, batch_size=16, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    model.export(tmp_path / "export")
    model.fit(digits, batch_size=16, initial_epoch=2, epochs=3, verbose=0)
    model.save_weights(tmp_path / "expected.weights.h5")
    in_fresh_process(
        """
        import sys
        import kerasgen
        import keras, numpy as np, tensorflow as tf

        folder = sys.argv[1]
        model = keras.saving.load_model(f"{folder}/model.keras")
        served = tf.saved_model.load(f"{folder}/export/1").signatures
        seeds = np.stack([np.full(9, 4), np.arange(9)], 1).astype("int32")
        images = served["generate"](seeds=tf.constant(seeds))["images"]
        np.testing.assert_allclose(
            images, model.generate(9, seed=4), rtol=0, atol=1e-5
        )
        digits = np.load(f"{folder}/digits.npy")
        model.fit(digits, batch_size=16, initial_epoch=2, epochs=3, verbose=0)
        found = model.get_weights()
        slots = [np.array(v) for o in model.optimizers for v in o.variables]
        model.load_weights(f"{folder}/expected.weights.h5")
        for a, b in zip(found, model.get_weights()):
            np.testing.assert_array_equal(a, b)
        expected = [v for o in model.optimizers for v in o.variables]
        for a, b in zip(slots, expected):
            np.testing.assert_array_equal(a, b)
        """,
        tmp_path,
    )


def test_double_precision_images_are_taken(digits):
    model = small_vae(binarization="dynamic")
    model.compile()
    wide = tf.data.Dataset.from_tensor_slices(digits.astype("float64"))
    history = model.fit(wide.batch(16), verbose=0).history
    assert np.isfinite(history["loss"]).all()


def test_validation_arrays_come_in_batches_of_the_same_size(model, digits):
    steps = []

    class Count(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            steps.append(batch)

    model.fit(
        digits,
        batch_size=64,
        validation_data=digits,
        callbacks=[Count()],
        verbose=0,
    )
    assert steps == [0]


def test_lists_are_arrays(model, digits):
    assert np.isfinite(model.evaluate(list(digits), verbose=0)).all()
    model.fit(list(digits), verbose=0)


def test_optimizers_come_with_compile():
    assert small_vae().optimizers == []


@keras.saving.register_keras_serializable("tests")
class OwnEncoder(keras.Model):
    """A subclass with a `call` and nothing else."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.flatten = keras.layers.Flatten()
        self.dense = keras.layers.Dense(4)

    def call(self, images):
        return self.dense(self.flatten(images))


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_subclassed_network_in_any_precision(digits, policy):
    keras.config.set_dtype_policy(policy)
    try:
        encoder = OwnEncoder()
        encoder(digits[:1])
    finally:
        keras.config.set_dtype_policy("float32")
    model = kerasgen.VAE((8, 8, 1), 2, encoder=encoder, seed=0)
    model.compile()
    assert np.isfinite(model.fit(digits, verbose=0).history["loss"]).all()
    assert model.encode(digits).dtype == np.float32
    with pytest.raises(ValueError, match=r"\(None, 6\).*\(None, 4\)"):
        kerasgen.VAE((8, 8, 1), 3, encoder=encoder)
