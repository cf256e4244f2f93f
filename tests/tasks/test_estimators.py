"""Estimators on models, as scikit-learn uses them."""

import pickle

import keras
import numpy as np
import pytest
import sklearn.base
import sklearn.cluster
import sklearn.covariance
import sklearn.ensemble
import sklearn.metrics
import sklearn.model_selection
import sklearn.pipeline
import sklearn.preprocessing
import sklearn.svm
import tensorflow as tf

import kerasgen
from kerasgen import data
from kerasgen import tasks
from kerasgen.serving import replay


@pytest.fixture(scope="module")
def digits():
    images, labels = data.load_arrays("digits")
    test, test_labels = data.load_arrays("digits", "test")
    return images, labels, test, test_labels


@pytest.fixture(scope="module")
def vae(digits):
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE((8, 8, 1), 8, seed=0)
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(digits[0], batch_size=32, epochs=30, verbose=0)
    return model


def new_gan(name="GAN", **options):
    keras.utils.set_random_seed(0)
    model = getattr(kerasgen, name)(
        (8, 8, 1), network="mlp", seed=0, latent_dim=4, **options
    )
    model.compile()
    return model


class TestLatentFeatures:
    def test_of_a_trained_model(self, vae, digits):
        images = digits[0][:50]
        features = tasks.LatentFeatures(vae).fit(images)
        assert features.model_ is vae
        np.testing.assert_allclose(
            features.transform(images), vae.encode(images), atol=1e-5
        )
        # Rows as scikit-learn has them.
        flat = images.reshape(50, 64)
        np.testing.assert_allclose(
            features.transform(flat), vae.encode(images), atol=1e-5
        )
        assert features.n_features_in_ == 64
        assert len(features.get_feature_names_out()) == 8
        with pytest.raises(ValueError, match="63 features"):
            features.transform(flat[:, :63])

    def test_a_model_that_was_not_trained_is_copied(self, digits):
        model = kerasgen.Autoencoder((8, 8, 1), 3, seed=0)
        before = model.encode(digits[0][:5])
        features = tasks.LatentFeatures(model, epochs=1).fit(digits[0])
        assert int(features.model_.training_steps.numpy()) > 0
        np.testing.assert_array_equal(model.encode(digits[0][:5]), before)

    def test_own_optimizer_and_weights_are_kept(self, digits):
        keras.utils.set_random_seed(0)
        model = kerasgen.Autoencoder((8, 8, 1), 3, seed=0)
        model.compile(keras.optimizers.SGD(0.0))
        features = tasks.LatentFeatures(model, epochs=1).fit(digits[0][:50])
        assert isinstance(features.model_.optimizer, keras.optimizers.SGD)
        # A rate of 0 leaves the weights that the user gave.
        np.testing.assert_allclose(
            features.transform(digits[0][:5]),
            model.encode(digits[0][:5]),
            atol=1e-6,
        )

    def test_models_by_name(self, digits):
        """They take the shape of images, follow the seed, and nothing else."""
        first = tasks.LatentFeatures("vae", epochs=1, seed=3)
        np.random.seed(5)
        expected = np.random.random()
        np.random.seed(5)
        found = first.fit_transform(digits[0][:64])
        assert np.random.random() == expected
        assert first.model_.data_shape == (8, 8, 1)
        again = tasks.LatentFeatures("vae", epochs=1, seed=3)
        np.testing.assert_allclose(
            again.fit_transform(digits[0][:64]), found, atol=1e-6
        )
        other = tasks.LatentFeatures("vae", epochs=1, seed=4)
        assert (other.fit_transform(digits[0][:64]) != found).any()

    @pytest.mark.parametrize("name", ["GAN", "BiGAN", "InfoGAN", "PacGAN"])
    def test_of_gans(self, name, digits):
        model = new_gan(name)
        model.fit(digits[0][:64], batch_size=32, epochs=1, verbose=0)
        features = tasks.LatentFeatures(model).fit(digits[0][:64])
        found = features.transform(digits[0][:9])
        assert found.ndim == 2
        assert len(found) == 9
        if name == "BiGAN":
            np.testing.assert_allclose(
                found, model.encode(digits[0][:9]), atol=1e-5
            )
        if name == "InfoGAN":
            # Codes that the recognition network sees, not the verdict.
            assert found.shape[1] == model.predict(digits[0][:9]).shape[1] - 1

    def test_of_a_layer(self, digits):
        model = new_gan()
        model.fit(digits[0][:64], epochs=1, verbose=0)
        layer = model.discriminator.layers[-2].name
        features = tasks.LatentFeatures(model, layer=layer).fit(digits[0])
        network = keras.Model(
            model.discriminator.input,
            model.discriminator.get_layer(layer).output,
        )
        np.testing.assert_allclose(
            features.transform(digits[0][:5]),
            network.predict(digits[0][:5], verbose=0),
            atol=1e-5,
        )
        bigan = new_gan("BiGAN")
        bigan.fit(digits[0][:64], epochs=1, verbose=0)
        layer = bigan.discriminator.layers[-2].name
        features = tasks.LatentFeatures(bigan, layer=layer).fit(digits[0])
        assert features.transform(digits[0][:5]).shape[0] == 5
        with pytest.raises(ValueError, match="one of.*nothing"):
            tasks.LatentFeatures(model, layer="nothing").fit(digits[0])

    def test_models_with_classes_are_refused(self, digits):
        model = kerasgen.ConditionalVAE((8, 8, 1), num_classes=10)
        with pytest.raises(ValueError, match="without classes.*ConditionalVAE"):
            tasks.LatentFeatures(model).fit(digits[0])

    def test_pickle_and_clone(self, vae, digits):
        features = tasks.LatentFeatures(vae).fit(digits[0][:50])
        expected = features.transform(digits[2])
        again = pickle.loads(pickle.dumps(features))
        np.testing.assert_allclose(
            again.transform(digits[2]), expected, atol=1e-5
        )
        clone = sklearn.base.clone(features).fit(digits[0][:50])
        np.testing.assert_allclose(
            clone.transform(digits[2]), expected, atol=1e-5
        )

    def test_pipeline_and_grid_search(self, digits):
        images, labels = digits[0][:400], digits[1][:400]
        pipeline = sklearn.pipeline.make_pipeline(
            tasks.LatentFeatures("autoencoder", epochs=15, batch_size=32),
            sklearn.cluster.KMeans(10, random_state=0),
        )
        found = pipeline.fit_predict(images.reshape(400, 64))
        assert kerasgen.metrics.clustering_accuracy(labels, found) > 0.5
        search = sklearn.model_selection.GridSearchCV(
            tasks.LatentClassifier(
                tasks.LatentFeatures("autoencoder", epochs=10, batch_size=32)
            ),
            {"features__model_options": [{"latent_dim": d} for d in (1, 12)]},
            cv=2,
        ).fit(images.reshape(400, 64), labels)
        best = search.best_params_["features__model_options"]
        assert best == {"latent_dim": 12}
        assert search.best_score_ > 0.6


@pytest.mark.parametrize("function", [tasks.embedding, tasks.clusters])
def test_features_are_rows(function, digits):
    with pytest.raises(ValueError, match="`model.encode.*flat"):
        function(digits[0][:50])


def check_served(detector, folder, images):
    """Both signatures against the estimator, in a fresh process."""
    given = {"images": images}
    scored, told = replay.answers(
        folder, [("anomaly_score", given), ("is_anomaly", given)]
    )
    np.testing.assert_allclose(
        -scored["scores"], detector.score_samples(images), 1e-6, 1e-6
    )
    np.testing.assert_array_equal(told["scores"], scored["scores"])
    np.testing.assert_array_equal(
        told["is_anomaly"], detector.predict(images) == -1
    )


class TestAnomalyDetector:
    @pytest.mark.parametrize(
        "score",
        [
            "reconstruction_error",
            "reconstruction_probability",
            "likelihood",
        ],
    )
    def test_other_digits_are_found(self, score, digits):
        images, labels, test, test_labels = digits
        keras.utils.set_random_seed(0)
        detector = tasks.AnomalyDetector(
            kerasgen.VAE((8, 8, 1), 4, seed=0),
            score,
            contamination=0.1,
            epochs=60,
            batch_size=16,
        ).fit(images[labels == 0])
        found = detector.score_samples(test)
        area = sklearn.metrics.roc_auc_score(test_labels == 0, found)
        assert area > 0.95
        assert (detector.predict(images[labels == 0]) == -1).mean() == (
            pytest.approx(0.1, abs=0.02)
        )
        np.testing.assert_allclose(
            detector.decision_function(test), found - detector.offset_
        )
        again = pickle.loads(pickle.dumps(detector))
        np.testing.assert_allclose(again.score_samples(test), found, rtol=1e-4)
        # A score is a function of the image alone.
        np.testing.assert_allclose(
            detector.score_samples(test[5:7]), found[5:7], rtol=1e-4
        )

    def test_scores_by_hand(self, vae, digits):
        images = digits[2][:20]
        detector = tasks.AnomalyDetector(vae).fit(digits[0])
        error = np.square(images - vae.reconstruct(images)).mean((1, 2, 3))
        np.testing.assert_allclose(
            detector.score_samples(images), -error, rtol=1e-4
        )
        detector = tasks.AnomalyDetector(vae, "likelihood", num_samples=2000)
        bound = vae.log_likelihood(images, num_samples=2000, seed=0)
        found = detector.fit(digits[0][:20]).score_samples(images)
        np.testing.assert_allclose(found, bound, atol=0.7)
        detector = tasks.AnomalyDetector(vae, "latent_density")
        found = detector.fit(digits[0]).score_samples(images)
        covariance = sklearn.covariance.LedoitWolf().fit(vae.encode(digits[0]))
        expected = -covariance.mahalanobis(vae.encode(images))
        np.testing.assert_allclose(found, expected, rtol=1e-3)

    def test_gans(self, digits, tmp_path):
        model = new_gan("BiGAN")
        model.fit(digits[0][:128], epochs=2, verbose=0)
        residual = tasks.AnomalyDetector(model, "encoder_residual")
        residual.fit(digits[0][:50])
        assert np.isfinite(residual.score_samples(digits[2][:5])).all()
        folder = residual.export(tmp_path / "residual")
        check_served(residual, folder, digits[2])
        gan = new_gan()
        gan.fit(digits[0], epochs=5, verbose=0)
        images = np.concatenate(
            [gan.generate(10, seed=1), np.eye(8)[None, ..., None] * 1.0],
        ).astype("float32")
        search = tasks.AnomalyDetector(gan, "search", num_steps=100)
        scores = search.fit(digits[0][:20]).score_samples(images)
        # What the generator has drawn, it finds again.
        assert scores[:10].min() > scores[10]

    @pytest.mark.parametrize(
        "score",
        [
            "reconstruction_error",
            "reconstruction_probability",
            "likelihood",
            "latent_density",
        ],
    )
    def test_served_threshold(self, vae, digits, tmp_path, score):
        detector = tasks.AnomalyDetector(vae, score, num_samples=5)
        detector.fit(digits[0])
        folder = detector.export(tmp_path / "detector")
        check_served(detector, folder, digits[2])
        expected = detector.predict(digits[2]) == -1
        assert 0 < expected.mean() < 0.5

    @pytest.mark.parametrize(
        ("model", "score", "message"),
        [
            (
                new_gan,
                "reconstruction_error",
                "GAN has: 'search'. Received: 'reconstruction_error', which "
                "needs an encoder",
            ),
            (lambda: new_gan("BiGAN"), "likelihood", "'encoder_residual'"),
            (lambda: kerasgen.InfoGAN((8, 8, 1)), "search", "there is none"),
            (new_gan, "likelihood", "an estimate of"),
            (None, "encoder_residual", "a discriminator"),
            (None, "search", "likelihood.*and no classes"),
            (None, "distance", "score"),
        ],
    )
    def test_scores_that_do_not_fit(self, vae, digits, model, score, message):
        """Nothing was trained when the error comes."""
        model = vae if model is None else model()
        detector = tasks.AnomalyDetector(model, score, epochs=1)
        with pytest.raises(ValueError, match=message):
            detector.fit(digits[0][:64])
        if model is not vae:
            assert int(detector.model_.training_steps.numpy()) == 0

    def test_reconstruction_probability_by_hand(self, vae, digits):
        """The mean of `log p(x|z)` over samples."""
        images = digits[2][:20]
        detector = tasks.AnomalyDetector(
            vae, "reconstruction_probability", num_samples=500
        ).fit(digits[0][:20])
        mean, log_variance = vae.posterior(tf.constant(images))
        noise = np.random.default_rng(1).normal(size=(300, 20, 8))
        drawn = mean + tf.exp(0.5 * log_variance) * noise.astype("float32")
        expected = np.mean(
            [
                vae.log_likelihood_of(images, vae.decoder_outputs(latents))
                for latents in drawn
            ],
            axis=0,
        )
        found = detector.score_samples(images)
        np.testing.assert_allclose(found, expected, rtol=0.02)

    def test_threshold_models_score_binary_images(self, digits):
        keras.utils.set_random_seed(0)
        model = kerasgen.VAE((8, 8, 1), 2, binarization="threshold", seed=0)
        model.compile()
        model.fit(digits[0][:64], verbose=0)
        detector = tasks.AnomalyDetector(model, "likelihood")
        detector.fit(digits[0][:64])
        images = digits[2][:5]
        np.testing.assert_allclose(
            detector.score_samples(images),
            detector.score_samples((images >= 0.5).astype("float32")),
            rtol=1e-5,
        )

    def test_encoder_residual_by_hand(self, digits):
        model = new_gan("BiGAN")
        model.fit(digits[0][:128], epochs=2, verbose=0)
        images = digits[2][:6]
        detector = tasks.AnomalyDetector(model, "encoder_residual")
        found = detector.fit(digits[0][:50]).score_samples(images)
        latents = model.encode(images)
        again = model.decode(latents)
        last = [each for each in model.discriminator.layers if each.weights][-1]
        network = keras.Model(model.discriminator.inputs, last.input)
        residual = network([images, latents]) - network([again, latents])
        expected = np.square(images - again).mean(axis=(1, 2, 3))
        expected += np.square(residual).mean(axis=1)
        np.testing.assert_allclose(found, -expected, rtol=1e-4)
        again = pickle.loads(pickle.dumps(detector))
        np.testing.assert_allclose(
            again.score_samples(images), found, rtol=1e-4
        )

    def test_search_looks_at_the_image_alone(self, digits):
        gan = new_gan(dtype="mixed_bfloat16")
        gan.fit(digits[0], epochs=1, verbose=0)
        detector = tasks.AnomalyDetector(gan, "search", num_steps=10)
        detector.fit(digits[0][:5])
        scores = detector.score_samples(digits[2][:6])
        np.testing.assert_allclose(
            detector.score_samples(digits[2][5:1:-1]), scores[5:1:-1], rtol=0.02
        )

    def test_cross_validation_in_a_pipeline(self, vae, digits):
        images, labels, *_ = digits
        rows = images[labels < 2][:120].reshape(-1, 64)
        is_normal = labels[labels < 2][:120] == 0
        pipeline = sklearn.pipeline.make_pipeline(
            sklearn.preprocessing.FunctionTransformer(),
            tasks.AnomalyDetector(vae),
        )
        found = sklearn.model_selection.cross_val_score(
            pipeline, rows, is_normal, scoring="roc_auc", cv=2
        )
        assert found.shape == (2,)
        assert np.isfinite(found).all()
        search = sklearn.model_selection.GridSearchCV(
            tasks.AnomalyDetector(vae),
            {"score": ["reconstruction_error", "latent_density"]},
            scoring="roc_auc",
            cv=2,
        ).fit(rows, is_normal)
        assert search.best_params_["score"] in search.param_grid["score"]

    def test_images_out_of_range(self, vae, digits):
        detector = tasks.AnomalyDetector(vae).fit(digits[0][:50])
        with pytest.raises(ValueError, match=r"in \[0, 1\]"):
            detector.score_samples(digits[2][:5] * 255)


class TestLatentClassifier:
    def test_few_labels(self, vae, digits):
        images, labels, test, test_labels = digits
        few = np.where(np.arange(len(labels)) < 100, labels, -1)
        classifier = tasks.LatentClassifier(tasks.LatentFeatures(vae))
        classifier.fit(images, few)
        assert (classifier.predict(test) == test_labels).mean() > 0.75
        probabilities = classifier.predict_proba(test)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
        assert list(classifier.classes_) == list(range(10))

    def test_no_label_at_all(self, vae, digits):
        with pytest.raises(ValueError, match="stands for no label"):
            tasks.LatentClassifier(tasks.LatentFeatures(vae)).fit(
                digits[0], np.full(len(digits[0]), -1)
            )

    def test_a_bare_model(self, vae, digits):
        with pytest.raises(ValueError, match=r"VAE.*`LatentFeatures\(model\)`"):
            tasks.LatentClassifier(vae).fit(*digits[:2])

    def test_labels_that_spread_teach_more(self, vae, digits):
        images, labels, test, test_labels = digits
        few = np.where(np.arange(len(labels)) < 40, labels, -1)
        errors = []
        for spread in (False, True):
            classifier = tasks.LatentClassifier(
                tasks.LatentFeatures(vae), spread=spread
            )
            found = classifier.fit(images, few).predict(test)
            errors.append((found != test_labels).mean())
        assert errors[1] < errors[0] - 0.02

    def test_forests(self, vae, digits):
        """A forest that was not fitted has a length that raises."""
        classifier = tasks.LatentClassifier(
            tasks.LatentFeatures(vae),
            sklearn.ensemble.RandomForestClassifier(20, random_state=0),
        )
        assert classifier.fit(*digits[:2]).score(*digits[2:]) > 0.8

    def test_classifiers_without_probabilities(self, vae, digits):
        classifier = tasks.LatentClassifier(
            tasks.LatentFeatures(vae), sklearn.svm.SVC()
        )
        assert not hasattr(classifier, "predict_proba")
        assert not hasattr(classifier.fit(*digits[:2]), "predict_proba")
        assert classifier.score(*digits[2:]) > 0.8

    def test_names_as_labels(self, vae, digits):
        names = np.array(["even", "odd"], object)[digits[1] % 2]
        names[100:] = "unknown"
        classifier = tasks.LatentClassifier(
            tasks.LatentFeatures(vae), unlabeled="unknown", spread=True
        ).fit(digits[0], names)
        assert list(classifier.classes_) == ["even", "odd"]
        expected = np.array(["even", "odd"], object)[digits[3] % 2]
        assert classifier.score(digits[2], expected) > 0.7
