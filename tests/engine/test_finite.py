"""Models that are lost give words, not values that are not finite."""

import keras
import numpy as np
import pytest
import sklearn.datasets

import kerasgen
from kerasgen.models import NotFiniteError
from tests.engine.test_divergence import SMALL
from tests.engine.test_divergence import UNITS
from tests.engine.test_divergence import spoil

NAMES = [
    "VAE",
    "BetaVAE",
    "BetaTCVAE",
    "ConditionalVAE",
    "IWAE",
    "VampPriorVAE",
    "VaDE",
]


@pytest.fixture(scope="module")
def lost():
    return spoil(kerasgen.VAE((8, 8, 1), **SMALL, **UNITS))


@pytest.mark.parametrize(
    "call",
    [
        lambda model, images: model.generate(2, seed=0),
        lambda model, images: model.decode(np.zeros((1, 2), "float32")),
        lambda model, images: model.encode(images),
        lambda model, images: model.reconstruct(images),
        lambda model, images: model.log_likelihood(images, 2),
    ],
)
def test_nothing_is_drawn(call, lost, digits):
    with pytest.raises(NotFiniteError, match="weights of VAE.*Received: 1 "):
        call(lost, digits[:2])


def test_nothing_is_exported(lost, tmp_path):
    with pytest.raises(NotFiniteError, match="must be finite"):
        lost.export(tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_a_gan_s_optimizer_is_looked_at(digits):
    model = kerasgen.GAN((8, 8, 1), **SMALL)
    model.compile(discriminator_optimizer=keras.optimizers.SGD(np.inf))
    with pytest.raises(NotFiniteError, match="learning_rate"):
        model.fit(digits, verbose=0)


def test_values_that_overflow():
    model = kerasgen.Autoencoder((3,), **SMALL, **UNITS)
    for weight in model.encoder.trainable_weights:
        weight.assign(np.full(weight.shape, 10.0))
    rows = np.full((2, 3), 3e37, "float32")
    with pytest.raises(NotFiniteError, match="though its weights are.*Stand"):
        model.encode(rows)


@pytest.mark.parametrize("name", NAMES)
def test_rows_of_any_scale_train(name):
    # Some columns in the thousands, some below one.
    rows, labels = sklearn.datasets.load_breast_cancer(return_X_y=True)
    rows, labels = rows[:256].astype("float32"), labels[:256]
    options = {**SMALL, **UNITS}
    if name == "ConditionalVAE":
        options["num_classes"] = 2
    if name == "VaDE":
        options.update(num_clusters=2, pretraining_epochs=1)
    for scale in (1, 1e4):
        model = getattr(kerasgen, name)((30,), **options)
        model.compile()
        history = model.fit(
            rows * scale, labels, batch_size=64, epochs=3, verbose=0
        ).history
        assert np.isfinite(list(history.values())).all()
        assert history["loss"][-1] < history["loss"][1 if name == "VaDE" else 0]
    of_class = {"labels": labels} if name == "ConditionalVAE" else {}
    assert np.isfinite(model.encode(rows * scale, **of_class)).all()
    assert np.isfinite(model.generate(8, seed=0)).all()
