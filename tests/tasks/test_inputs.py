"""Images of bytes and tables, where tasks take images and rows."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import tasks

TINY = {"network_options": {"hidden_units": [8]}, "latent_dim": 2}


@pytest.fixture(scope="module")
def in_bytes():
    images, _ = kerasgen.data.load_arrays("digits", "test")
    return np.round(images[:40] * 255).astype("uint8")


@pytest.fixture(scope="module")
def vae(in_bytes):
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE((8, 8, 1), seed=0, **TINY)
    model.compile()
    model.fit(in_bytes, verbose=0)
    return model


MASK = np.repeat([[1, 0]], 4, axis=1).reshape(1, 8).repeat(8, axis=0)
WORKS = {
    "inpaint": lambda m, x: tasks.inpaint(m, x, MASK, num_steps=2, seed=0),
    "sampling": lambda m, x: tasks.inpaint(
        m, x, MASK, "sampling", num_steps=2, seed=0
    ),
    "denoise": lambda m, x: tasks.denoise(m, x),
    "interpolate": lambda m, x: tasks.interpolate(m, x[:3], x[3:6], 3),
    "dream": lambda m, x: tasks.dream(m, x[0], 2, num_steps=2, seed=0),
    "sampler": lambda m, x: (
        tasks.LatentSampler(m, 2).fit(x, seed=0).generate(3, seed=0)
    ),
}


@pytest.mark.parametrize("name", WORKS)
def test_bytes_are_taken_for_images(vae, in_bytes, name):
    work, images = WORKS[name], in_bytes.astype("float32") / 255
    found = work(vae, in_bytes)
    assert found.dtype == np.float32
    assert found.max() <= 1
    np.testing.assert_allclose(found, work(vae, images), atol=1e-4)


def test_what_is_missing_may_be_anything(vae, in_bytes):
    images = np.where(MASK[..., None], in_bytes / 255, np.nan)
    completed = tasks.inpaint(vae, images, MASK, num_steps=2, seed=0)
    np.testing.assert_allclose(
        completed[:, :, :4], in_bytes[:, :, :4] / 255, atol=1e-6
    )
    assert np.isfinite(completed).all()


def make_estimator(kind, model="vae"):
    options = {"model_options": TINY, "epochs": 1, "batch_size": 16}
    return getattr(tasks, kind)(model, **(options if model == "vae" else {}))


def results_of(estimator, X):
    work = getattr(estimator, "score_samples", None) or estimator.transform
    return work(X)


@pytest.mark.parametrize("kind", ["LatentFeatures", "AnomalyDetector"])
def test_estimators_take_bytes(vae, in_bytes, kind):
    images = in_bytes.astype("float32") / 255
    for model in ("vae", vae):
        estimator = make_estimator(kind, model).fit(in_bytes)
        expected = results_of(estimator, images)
        np.testing.assert_allclose(
            results_of(estimator, in_bytes), expected, rtol=1e-4, atol=1e-4
        )
    # Laid flat, as scikit-learn has them.
    np.testing.assert_allclose(
        results_of(estimator, in_bytes.reshape(40, 64)),
        expected,
        rtol=1e-4,
        atol=1e-4,
    )
    with pytest.raises(ValueError, match="uint8.*no value above 1"):
        estimator.fit((in_bytes > 99).astype("uint8"))


@pytest.mark.parametrize("kind", ["LatentFeatures", "AnomalyDetector"])
def test_estimators_take_data_frames(kind):
    pandas = pytest.importorskip("pandas")
    generator = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {"size": generator.normal(size=40), "age": generator.integers(0, 9, 40)}
    )
    estimator = make_estimator(kind).fit(frame)
    assert list(estimator.feature_names_in_) == ["size", "age"]
    found = results_of(estimator, frame)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(
        found,
        results_of(
            make_estimator(kind).fit(frame.to_numpy()), frame.to_numpy()
        ),
        rtol=1e-4,
    )
    with pytest.raises(ValueError, match="`X` must hold numbers.*column name"):
        make_estimator(kind).fit(frame.assign(name="text"))
    with pytest.raises(ValueError, match="column age"):
        results_of(estimator, frame.assign(age="text"))


def test_a_table_s_labels_are_a_column():
    pandas = pytest.importorskip("pandas")
    generator = np.random.default_rng(0)
    frame = pandas.DataFrame(generator.normal(size=(40, 3)), columns=[*"abc"])
    classes = pandas.Series(np.where(frame["a"] > 0, "high", "low"))
    classifier = tasks.LatentClassifier(
        make_estimator("LatentFeatures"), unlabeled="unknown"
    ).fit(frame, classes)
    assert set(classifier.predict(frame)) <= {"high", "low"}


def test_callbacks_take_bytes(in_bytes):
    classifier = kerasgen.metrics.feature_network("digits")
    monitors = [
        kerasgen.callbacks.QualityMonitor(images, classifier, seed=0)
        for images in (in_bytes, in_bytes.astype("float32") / 255)
    ]
    model = kerasgen.VAE((8, 8, 1), seed=0, **TINY)
    for monitor in monitors:
        monitor.set_model(model)
        monitor.on_train_begin()
    np.testing.assert_allclose(monitors[0]._real, monitors[1]._real, atol=1e-5)
