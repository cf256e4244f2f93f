"""Distances of samples while a model trains."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import metrics
from kerasgen.callbacks import QualityMonitor


@pytest.fixture
def images():
    return kerasgen.data.load_arrays("digits", "test")[0][:100]


def new_vae():
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE(data_shape=(8, 8, 1), latent_dim=2, seed=0)
    model.compile()
    return model


def test_other_callbacks_act_on_it(images, tmp_path):
    model = new_vae()
    monitor = QualityMonitor(images, "digits", every=2, num_samples=50)
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras",
        monitor="val_frechet_distance",
        mode="min",
        save_best_only=True,
    )
    history = model.fit(
        images, epochs=4, verbose=0, callbacks=[monitor, best]
    ).history
    names = {f"val_{name}" for name in ("frechet_distance", "coverage")}
    assert names < set(history)
    distances = history["val_frechet_distance"]
    # Measured at first and at every second epoch; the last value stands.
    assert distances[1] == distances[2] != distances[3]
    assert distances[3] < distances[0]
    network = metrics.feature_network("digits")
    expected = metrics.frechet_distance(
        network.predict(images, verbose=0),
        network.predict(model.generate(50, seed=0), verbose=0),
    )
    np.testing.assert_allclose(distances[3], expected, rtol=1e-4)
    assert (tmp_path / "best.keras").exists()


def test_it_leaves_training_alone(images):
    plain, watched = new_vae(), new_vae()
    plain.fit(images, epochs=2, verbose=0)
    monitor = QualityMonitor(images, "digits", num_samples=50)
    watched.fit(images, epochs=2, verbose=0, callbacks=[monitor])
    for first, second in zip(plain.weights, watched.weights):
        np.testing.assert_array_equal(np.array(first), np.array(second))


def test_images_of_another_shape():
    monitor = QualityMonitor(np.zeros((5, 4, 4, 1), "float32"), "digits")
    with pytest.raises(ValueError, match="images"):
        new_vae().fit(
            np.zeros((5, 8, 8, 1), "float32"), verbose=0, callbacks=[monitor]
        )
