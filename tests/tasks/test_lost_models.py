"""Estimators on models whose weights are not finite."""

import numpy as np
import pytest
import sklearn.datasets

import kerasgen
from kerasgen import data
from kerasgen import tasks

TINY = {"network_options": {"hidden_units": [16]}, "latent_dim": 2}


@pytest.fixture(scope="module")
def digits():
    """All images, and their classes."""
    return data.load_arrays("digits")


class TestModelsThatAreLost:
    """No estimator returns what is not finite, nor judges by it."""

    @pytest.fixture
    def lost(self):
        model = kerasgen.VAE((8, 8, 1), **TINY, seed=0)
        model.training_steps.assign(1)
        model.decoder.trainable_weights[-1].assign(np.full(64, np.nan))
        model.encoder.trainable_weights[-1].assign(np.full(4, np.inf))
        return model

    @pytest.mark.parametrize(
        "use",
        [
            lambda model, x: tasks.LatentFeatures(model).fit(x),
            lambda model, x: tasks.AnomalyDetector(model).fit(x),
            lambda model, x: tasks.AnomalyDetector(model, "latent_density").fit(
                x
            ),
            lambda model, x: tasks.AnomalyDetector(
                model, "reconstruction_probability"
            ).fit(x),
            lambda model, x: tasks.LatentClassifier(
                tasks.LatentFeatures(model)
            ).fit(x, np.arange(len(x)) % 2),
            lambda model, x: tasks.LatentSampler(model, 1).fit(x),
            lambda model, x: tasks.inpaint(model, x, np.eye(8)),
        ],
    )
    def test_are_refused(self, use, lost, digits):
        with pytest.raises(ValueError, match="weights of VAE.*must be finite"):
            use(lost, digits[0][:20])

    def test_once_they_were_fitted(self, digits):
        images, labels = digits[0][:50], digits[1][:50]
        model = kerasgen.VAE((8, 8, 1), **TINY, seed=0)
        model.training_steps.assign(1)
        detector = tasks.AnomalyDetector(model).fit(images)
        features = tasks.LatentFeatures(model)
        classifier = tasks.LatentClassifier(features).fit(images, labels)
        sampler = tasks.LatentSampler(model, 1).fit(images)
        # That of the classifier is a copy.
        for each in (model, classifier.features_.model_):
            each.decoder.trainable_weights[-1].assign(np.full(64, np.nan))
        for call in (
            detector.predict,
            detector.score_samples,
            classifier.features_.transform,
            classifier.predict,
            classifier.predict_proba,
            lambda x: sampler.generate(len(x)),
            lambda x: detector.export("nowhere"),
        ):
            with pytest.raises(ValueError, match="must be finite"):
                call(images)

    @pytest.mark.parametrize("name", ["GAN", "InfoGAN"])
    def test_of_gans(self, name, digits):
        model = getattr(kerasgen, name)((8, 8, 1), 3, network="mlp", seed=0)
        model.training_steps.assign(1)
        features = tasks.LatentFeatures(model).fit(digits[0][:4])
        bias = model.discriminator.trainable_weights[1]
        bias.assign(np.full(bias.shape, np.nan))
        with pytest.raises(ValueError, match="must be finite"):
            features.transform(digits[0][:4])

    def test_raw_tables(self):
        rows = sklearn.datasets.load_wine().data
        model = kerasgen.VAE((13,), **TINY, seed=0)
        model.compile()
        model.fit(rows, epochs=2, verbose=0)
        for score in ("reconstruction_error", "likelihood"):
            detector = tasks.AnomalyDetector(model, score).fit(rows)
            assert np.isfinite(detector.score_samples(rows)).all()
            found = detector.predict(rows)
            assert (found == -1).mean() == pytest.approx(0.05, abs=0.02)
        features = tasks.LatentFeatures(model).fit(rows)
        assert np.isfinite(features.transform(rows)).all()

    def test_tables_that_float32_does_not_hold(self):
        rows = np.random.default_rng(0).normal(size=(40, 5)) * 1e25
        with pytest.raises(RuntimeError, match="diverged.*StandardScaler"):
            tasks.AnomalyDetector("vae", model_options=TINY).fit(rows)

    @pytest.mark.parametrize("function", [tasks.embedding, tasks.clusters])
    def test_features_that_are_not_finite(self, function):
        features = np.full((9, 2), np.nan)
        with pytest.raises(ValueError, match="`features` must be finite"):
            function(features)
        with pytest.raises(ValueError, match="`features` must be finite"):
            function(features[:, :1] + np.inf)
