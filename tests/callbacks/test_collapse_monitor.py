"""Each collapse is told when it is there, and not when it is not."""

import warnings

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen.callbacks import CollapseMonitor
from kerasgen.callbacks import CollapseWarning

IMAGES, LABELS = kerasgen.data.load_arrays("digits", "test")
OPTIONS = {"data_shape": (8, 8, 1), "latent_dim": 4, "seed": 0}


def watch(model, logs=None, **options):
    """(texts of warnings, logs) of one look at a model."""
    monitor = CollapseMonitor(IMAGES, num_samples=200, **options)
    monitor.set_model(model)
    monitor.on_train_begin()
    logs = {} if logs is None else logs
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        monitor.on_epoch_end(0, logs)
    texts = [str(w.message) for w in caught if w.category is CollapseWarning]
    return texts, logs


def gan_of(images_of_latents, **options):
    """A GAN whose generator is given."""
    keras.utils.set_random_seed(0)
    latents = keras.Input((4,))
    generator = keras.Model(latents, images_of_latents(latents))
    model = kerasgen.GAN(
        **OPTIONS, generator=generator, network="mlp", **options
    )
    model.compile()
    return model


def varied(latents):
    hidden = keras.layers.Dense(64, kernel_initializer="random_normal")
    images = keras.layers.Reshape((8, 8, 1))(hidden(10 * latents))
    return keras.layers.Activation("sigmoid")(10 * images)


def alike(latents):
    return 0.5 + 0.01 * (varied(latents) - 0.5)


def test_samples_that_are_alike():
    texts, logs = watch(gan_of(alike))
    assert any("mode collapse" in t and "PacGAN" in t for t in texts)
    assert logs["sample_diversity"] < 0.1
    texts, logs = watch(gan_of(varied))
    assert not any("mode collapse" in text for text in texts)
    assert logs["sample_diversity"] > 0.8


def test_classes_of_samples():
    texts, logs = watch(gan_of(alike), classifier="digits")
    assert any("classes, counted by their entropy" in text for text in texts)
    assert logs["class_evenness"] < 0.3


@pytest.mark.parametrize(
    "name", ["GAN", "WGANGP", "PacGAN", "InfoGAN", "BiGAN"]
)
def test_saturated_discriminator(name):
    """Trained long against a generator that stands still."""
    keras.utils.set_random_seed(0)
    options = {**OPTIONS, "network": "mlp"}
    model = getattr(kerasgen, name)(**options)
    model.compile(generator_optimizer=keras.optimizers.SGD(0.0))
    texts, logs = watch(model, saturation=1.0)
    assert not any("tells samples" in text for text in texts)
    model.fit(IMAGES, epochs=20, batch_size=32, verbose=0)
    texts, logs = watch(model, saturation=0.9)
    # A critic should.
    warned = any("tells samples" in text for text in texts)
    assert warned == (name != "WGANGP")
    assert logs["discriminator_separation"] > 0.9


@pytest.mark.parametrize("name", ["ConditionalGAN", "ACGAN"])
def test_models_with_classes(name):
    model = getattr(kerasgen, name)(**OPTIONS, num_classes=10, network="mlp")
    model.compile()
    _, logs = watch(model, labels=LABELS)
    assert 0 <= logs["discriminator_separation"] <= 1
    with pytest.raises(ValueError, match="labels"):
        watch(model)


def test_latents_that_say_nothing():
    model = kerasgen.VAE(**OPTIONS)
    model.compile()
    model.fit(IMAGES, epochs=20, batch_size=16, verbose=0)
    texts, logs = watch(model)
    assert logs["active_units"] == 4
    assert not any("posterior collapse" in text for text in texts)
    for weight in model.encoder.weights:
        weight.assign(np.zeros(weight.shape))
    texts, logs = watch(model)
    assert logs["active_units"] == 0
    assert any("0 of 4 latents" in t and "kl_annealing" in t for t in texts)


def test_codes_and_losses_of_the_logs():
    model = kerasgen.VAE(**OPTIONS)
    model.compile()
    texts, _ = watch(model, {"code_usage": 0.1, "loss": 1.0})
    assert any("10% of the codes" in text for text in texts)
    texts, logs = watch(model, {"loss": float("nan"), "kl_loss": 1.0})
    assert len(texts) == 1
    assert texts[0].startswith("Epoch 1: loss is not finite")
    # A model that is lost is not looked at.
    assert set(logs) == {"loss", "kl_loss"}


def test_it_tells_once_and_can_stop():
    model = gan_of(alike)
    fit = {"x": IMAGES[:64], "epochs": 3, "verbose": 0}
    monitor = CollapseMonitor(IMAGES, num_samples=100, saturation=1.0)
    with pytest.warns(CollapseWarning) as caught:
        history = model.fit(**fit, callbacks=[monitor]).history
    assert sum("mode collapse" in str(w.message) for w in caught) == 1
    assert len(history["sample_diversity"]) == 3
    monitor = CollapseMonitor(IMAGES, num_samples=100, stop=True)
    with pytest.warns(CollapseWarning):
        history = model.fit(**fit, callbacks=[monitor]).history
    assert len(history["sample_diversity"]) == 1
