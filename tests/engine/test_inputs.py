"""Which data models work on, in whatever they do."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.data import batch_source

OPTIONS = {"network_options": {"hidden_units": [8]}, "seed": 0}


def new_model(name="VAE", **options):
    keras.utils.set_random_seed(0)
    options = {"latent_dim": 2, **OPTIONS, **options}
    model = getattr(kerasgen, name)((8, 8, 1), **options)
    model.compile()
    return model


@pytest.fixture
def model():
    return new_model()


@pytest.fixture
def in_bytes(digits):
    return np.round(digits * 255).astype("uint8")


class Batches(keras.utils.PyDataset):
    def __init__(self, images, num_batches):
        super().__init__()
        self.images = images
        self._num_batches = num_batches

    @property
    def num_batches(self):
        return self._num_batches

    def __getitem__(self, index):
        return (self.images[16 * (index % 4) :][:16],)


# === Data without an end ===

ENDLESS = {
    "tf.data": lambda x: tf.data.Dataset.from_tensors(x[:16]).repeat(),
    "kerasgen": lambda x: kerasgen.data.from_arrays(x, batch_size=16).repeat(),
    "filtered": lambda x: (
        tf.data.Dataset.from_tensors(x[:16])
        .repeat()
        .filter(lambda images: tf.reduce_all(images >= 0))
        .prefetch(1)
    ),
    "PyDataset": lambda x: Batches(x, None),
    "generator": lambda x: (x[:16] for _ in itertools.count()),
    "cycle": lambda x: itertools.cycle([x[:16]]),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_data_without_an_end_are_refused(model, digits, kind):
    def endless():
        return ENDLESS[kind](digits)

    for name, work in {
        "steps_per_epoch": lambda: model.fit(endless(), verbose=0),
        "validation_steps": lambda: model.fit(
            digits, validation_data=endless(), verbose=0
        ),
        "steps": lambda: model.evaluate(endless(), verbose=0),
        "`steps`": lambda: model.predict(endless(), verbose=0),
    }.items():
        with pytest.raises(ValueError, match=f"{name}.*without an end"):
            work()
    assert int(model.training_steps) == 0


@pytest.mark.parametrize("kind", ENDLESS)
def test_data_without_an_end_are_taken_for_some_steps(model, digits, kind):
    def endless():
        return ENDLESS[kind](digits)

    model.fit(
        endless(),
        steps_per_epoch=2,
        validation_data=endless(),
        validation_steps=1,
        epochs=2,
        verbose=0,
    )
    assert int(model.training_steps) == 4
    assert np.isfinite(model.evaluate(endless(), steps=1, verbose=0)).all()
    found = model.predict(endless(), steps=3, verbose=0)
    assert found.shape == (48, 8, 8, 1)


def test_data_of_unknown_length_may_have_an_end(digits):
    finite = tf.data.Dataset.from_tensors(digits[:16])
    endless = ENDLESS["filtered"](digits)
    for data in (
        finite.filter(lambda images: tf.reduce_all(images >= 0)),
        endless.take(2),
        endless.take_while(lambda images: tf.reduce_all(images < 0)),
        tf.data.Dataset.zip(finite, endless),
    ):
        assert not batch_source.is_endless(data)
    both = tf.data.Dataset.zip(endless, finite.repeat())
    assert batch_source.is_endless(both.prefetch(1))


def test_a_gan_is_not_trained_for_ever(digits):
    with pytest.raises(ValueError, match="steps_per_epoch"):
        new_model("GAN").fit(ENDLESS["tf.data"](digits), verbose=0)


# === Shapes that are not known ===


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("name", ["VAE", "GAN", "ConditionalVAE"])
def test_generated_data_without_shapes(digits, in_bytes, dtype, name):
    images = digits if dtype == "float32" else in_bytes
    labels = name == "ConditionalVAE"
    model = new_model(name, **({"num_classes": 2} if labels else {}))

    def batches():
        for start in (0, 16):
            rows = images[start : start + 16]
            yield (rows, np.arange(16) % 2) if labels else rows

    data = tf.data.Dataset.from_generator(
        batches, (dtype, "int64") if labels else dtype
    )
    history = model.fit(data, validation_data=data, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    assert int(model.training_steps) == 2
    assert np.isfinite(model.evaluate(data, verbose=0)).all()
    assert len(model.predict(data, verbose=0)) == 32


def test_sizes_that_are_not_known(model, digits):
    data = tf.data.Dataset.from_tensor_slices(digits).batch(16)
    vague = data.map(lambda x: tf.py_function(lambda x: x, [x], tf.float32))
    assert vague.element_spec.shape.rank is None
    assert np.isfinite(model.fit(vague, verbose=0).history["loss"]).all()
    wrong = vague.map(lambda x: x[:, :7])
    with pytest.raises(
        ValueError, match=r"`x` must have shape.*\(16, 7, 8, 1\)"
    ):
        model.fit(wrong, verbose=0)


# === Bytes ===


@pytest.mark.parametrize("kind", ["array", "tf.data", "PyDataset", "list"])
def test_bytes_train_as_floats_do(in_bytes, kind):
    losses = []
    for images in (in_bytes, in_bytes.astype("float32") / 255):
        data = {
            "array": images,
            "list": list(images),
            "tf.data": tf.data.Dataset.from_tensor_slices(images).batch(16),
            "PyDataset": Batches(images, 4),
        }[kind]
        model = new_model()
        history = model.fit(data, validation_data=data, verbose=0).history
        found = model.evaluate(data, verbose=0)
        losses.append([*found, *history["loss"], *history["val_loss"]])
    np.testing.assert_allclose(*losses, rtol=1e-5)


@pytest.mark.parametrize("name", ["GAN", "DEC", "VQVAE", "Autoencoder"])
def test_bytes_train_other_models(in_bytes, name):
    options = {
        "DEC": {"num_clusters": 2, "pretraining_epochs": 1},
        "VQVAE": {
            "network": "mlp",
            "num_embeddings": 4,
            "prior_filters": 2,
            "prior_layers": 1,
        },
    }
    found = []
    for images in (in_bytes, in_bytes.astype("float32") / 255):
        model = new_model(name, **options.get(name, {}))
        model.fit(images, epochs=2, verbose=0)
        found.append(model.evaluate(images, verbose=0))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-5)


def test_bytes_stay_bytes_in_memory(in_bytes, monkeypatch):
    kept = []
    usual = tf.constant
    monkeypatch.setattr(
        "kerasgen.data.arrays.tf.constant",
        lambda value, *a, **k: kept.append(value) or usual(value, *a, **k),
    )
    new_model().fit(in_bytes, verbose=0)
    whole = [v for v in kept if np.shape(v) == in_bytes.shape]
    assert [v.dtype for v in whole] == [np.uint8]


def test_what_is_done_with_images_is_done_with_bytes(model, in_bytes):
    images = in_bytes.astype("float32") / 255
    for work in (
        model.encode,
        model.reconstruct,
        lambda x: model.predict(x, verbose=0),
        model,
        lambda x: model(tf.constant(x)),
        tf.function(model.__call__),
        lambda x: model.log_likelihood(x, 10, seed=0),
    ):
        np.testing.assert_allclose(
            work(in_bytes), work(images), rtol=1e-5, atol=1e-5
        )


def test_bytes_of_infogan_and_clusters(in_bytes):
    images = in_bytes.astype("float32") / 255
    model = new_model("InfoGAN", network="mlp")
    for a, b in zip(model.codes(in_bytes), model.codes(images)):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    model = new_model("VaDE", num_clusters=2, pretraining_epochs=0)
    model.fit(in_bytes, verbose=0)
    np.testing.assert_allclose(
        model.predict_proba(in_bytes), model.predict_proba(images), atol=1e-4
    )


# === Tables ===


def test_a_data_frame_trains_and_is_used():
    pandas = pytest.importorskip("pandas")
    generator = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {"a": generator.normal(size=40), "b": generator.integers(0, 5, 40)}
    )
    labels = pandas.Series(np.arange(40) % 2, index=range(100, 140))
    rows = frame.to_numpy("float32")
    keras.utils.set_random_seed(0)
    model = kerasgen.ConditionalVAE(
        (2,), num_classes=2, latent_dim=2, **OPTIONS
    )
    model.compile()
    history = model.fit(
        frame, labels, validation_data=(frame, labels), verbose=0
    ).history
    assert np.isfinite(list(history.values())).all()
    np.testing.assert_allclose(
        model.evaluate(frame, labels, verbose=0),
        model.evaluate(rows, np.arange(40) % 2, verbose=0),
        rtol=1e-5,
    )
    np.testing.assert_array_equal(
        model.encode(frame, labels=labels), model.encode(rows, labels=labels)
    )
    with pytest.raises(ValueError, match="column b"):
        model.fit(frame.assign(b="text"), labels, verbose=0)


# === Predict and call ===

WRONG = {
    "range": (lambda x: x * 255, "255"),
    "a little": (lambda x: x * 1.00001, r"np\.clip"),
    "NaN": (lambda x: np.where(x > 0.9, np.nan, x), "NaN"),
    "shape": (lambda x: x[:, :7], r"7, 8, 1\)"),
    "type": (lambda x: (x > 0.5).astype("int32"), "int32"),
    "empty": (lambda x: x[:0], "at least one"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_predict_and_call_check_as_fit_does(model, digits, kind):
    spoil, message = WRONG[kind]
    spoilt = spoil(digits / digits.max())
    gan = new_model("GAN")
    for work in (
        lambda: model.fit(spoilt, verbose=0),
        lambda: model.predict(spoilt, verbose=0),
        lambda: model(spoilt),
        lambda: model(tf.constant(spoilt)),
        lambda: gan(spoilt),
        lambda: gan.predict(Batches(spoilt, 1), verbose=0),
    ):
        with pytest.raises(ValueError, match=message):
            work()


def test_what_is_traced_is_checked_by_shape_and_type(model):
    call = tf.function(lambda x: model(x))
    assert call(tf.zeros((2, 8, 8, 1))).shape == (2, 8, 8, 1)
    with pytest.raises(ValueError, match="`inputs` must have shape"):
        call(tf.zeros((2, 8, 7, 1)))
    with pytest.raises(ValueError, match="int32"):
        call(tf.zeros((2, 8, 8, 1), tf.int32))
    with pytest.raises(ValueError, match="`inputs` must have shape"):
        model(keras.Input((8, 7, 1)))
    assert model(keras.Input((8, 8, 1), dtype="uint8")).shape[1:] == (8, 8, 1)


def test_a_black_batch_of_bytes_is_taken(model):
    black = np.zeros((2, 8, 8, 1), np.uint8)
    np.testing.assert_allclose(model(black), model(black / 255.0), rtol=1e-6)
    with pytest.raises(ValueError, match="no value above 1"):
        model(black + np.uint8(1))


def test_images_and_labels_may_be_a_list(digits, digit_labels):
    labelled = new_model("ConditionalVAE", num_classes=10)
    columns = digits[:4], digit_labels[:4]
    np.testing.assert_array_equal(labelled([*columns]), labelled(columns))


def test_single_batches(digits, digit_labels):
    model = new_model()
    model.compile()
    for work in (model.train_on_batch, model.test_on_batch):
        assert np.isfinite(work(digits[:8])).all()
    assert int(model.training_steps) == 1
    labelled = new_model("ConditionalVAE", num_classes=10)
    labelled.compile()
    labelled.train_on_batch(digits[:8], digit_labels[:8])


def test_gradients_flow_through_a_call(model, digits):
    images = tf.constant(digits[:2])
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = tf.reduce_sum(model(images))
    assert np.abs(tape.gradient(outputs, images)).max() > 0


def test_predict_is_told_labels(digits, digit_labels):
    model = new_model("ConditionalVAE", num_classes=10)
    data = kerasgen.data.from_arrays(digits, digit_labels, shuffle=False)
    expected = model.reconstruct(digits, labels=digit_labels)
    for x in (data, (digits, digit_labels)):
        np.testing.assert_allclose(
            model.predict(x, verbose=0), expected, atol=1e-6
        )
    with pytest.raises(ValueError, match="labels"):
        model.predict(digits, verbose=0)


# === Compile ===


def test_a_model_that_is_not_compiled_says_whose_method(digits, tmp_path):
    model = new_model()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    for work in (
        loaded.fit,
        loaded.evaluate,
        kerasgen.GAN((8, 8, 1), **OPTIONS).fit,
        lambda x, verbose: loaded.train_on_batch(x),
    ):
        with pytest.raises(ValueError, match=r"`model\.compile\(\)`"):
            work(digits, verbose=0)


@pytest.mark.parametrize(
    "name", ["GAN", "WGANGP", "InfoGAN", "BiGAN", "AdversarialAutoencoder"]
)
def test_optimizers_of_several_networks_are_named(name):
    model = new_model(name, network="mlp")
    names = [n for n in model.get_compile_config() if n.endswith("_optimizer")]
    assert len(names) >= 2
    every = "(?=.*".join(f"{n}=\\.\\.\\.)" for n in names)
    adam = keras.optimizers.Adam()
    for arguments, options in (
        (("adam",), {}),
        ((adam,), {"run_eagerly": True}),
        ((), {"optimizer": "adam"}),
        ((), {"optimizer": adam, names[1]: "adam"}),
    ):
        with pytest.raises(ValueError, match=f"(?=.*{every}.*Received"):
            model.compile(*arguments, **options)
    model.compile(**{names[0]: "sgd"})
    assert isinstance(getattr(model, names[0]), keras.optimizers.SGD)
    model.compile("sgd", "sgd")
    assert isinstance(getattr(model, names[1]), keras.optimizers.SGD)
