"""Evaluations, reports and comparisons of small models on digits."""

import json
import re

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import metrics
from kerasgen import tasks
from kerasgen.tasks import comparison
from kerasgen.tasks import report

OPTIONS = {"data_shape": (8, 8, 1), "latent_dim": 3, "seed": 0}


@pytest.fixture(scope="module")
def digits():
    training, labels = kerasgen.data.load_arrays("digits")
    test, test_labels = kerasgen.data.load_arrays("digits", "test")
    return {
        "training": training[:300],
        "test": test[:100],
        "labels": (labels[:300], test_labels[:100]),
        "features": metrics.feature_network("digits"),
        "classifier": metrics.classifier_network("digits"),
    }


def new_model(name, **options):
    keras.utils.set_random_seed(0)
    model = getattr(kerasgen, name)(**OPTIONS, **options)
    model.compile()
    return model


def test_values_are_those_of_the_metrics(digits):
    model = new_model("VAE")
    steps = []
    found = tasks.evaluate(
        model,
        **digits,
        num_samples=120,
        num_seeds=2,
        seed=5,
        progress=lambda *step: steps.append(step),
    )
    measures = found["measures"]
    assert re.fullmatch(r"digits_classifier_1 \(\w{8}\)", found["features"])
    assert found["seeds"] == [5, 6]
    network = digits["features"]
    real = network.predict(digits["test"], verbose=0)
    for value, seed in zip(measures["frechet_distance"]["values"], (5, 6)):
        generated = network.predict(model.generate(120, seed=seed), verbose=0)
        expected = metrics.frechet_distance(real, generated)
        np.testing.assert_allclose(value, expected, rtol=1e-6)
    chosen = np.random.default_rng(5).permutation(300)[:120]
    stand_in = network.predict(digits["training"][chosen], verbose=0)
    np.testing.assert_allclose(
        measures["frechet_distance"]["floor"],
        metrics.frechet_distance(real, stand_in),
        rtol=1e-6,
    )
    assert (
        measures["frechet_distance"]["mean"]
        > 3 * (measures["frechet_distance"]["floor"])
    )
    again = model.reconstruct(digits["test"])
    assert measures["reconstruction_error"]["values"] == [
        pytest.approx(np.mean((digits["test"] - again) ** 2), rel=1e-5)
    ]
    assert measures["memorization"]["floor"] is None
    assert measures["normalized_mutual_information"]["mean"] > 0.1
    assert {"log_likelihood", "active_units", "coverage"} < set(measures)
    # No classes to ask for.
    assert "label_agreement" not in measures
    numbers = [n for m in measures.values() for n in m["values"]]
    assert np.isfinite(numbers).all()
    assert steps[-1][0] == steps[-1][1]
    assert [step[0] for step in steps] == list(range(len(steps)))


@pytest.mark.parametrize("name", ["ConditionalGAN", "ConditionalVAE"])
def test_models_of_classes(digits, name):
    model = new_model(name, num_classes=10)
    found = tasks.evaluate(model, **digits, num_samples=100, num_seeds=1)
    measures = found["measures"]
    assert measures["label_agreement"]["floor"] > 0.95
    assert measures["classification_accuracy_score"]["floor"] > 0.8
    assert measures["label_agreement"]["mean"] < 0.5
    with pytest.raises(ValueError, match="labels"):
        tasks.evaluate(model, **{**digits, "labels": None})


def test_measures_of_a_flow(digits):
    """One estimate of the likelihood, each of which takes all steps."""
    model = kerasgen.FlowMatching((8, 8, 1), network="mlp", num_steps=3, seed=0)
    names = ["network_evaluations", "log_likelihood"]
    found = tasks.evaluate(
        model, **digits, measures=names, num_samples=50, num_seeds=1, seed=5
    )["measures"]
    assert found["network_evaluations"]["values"] == [5]
    bound = model.log_likelihood(digits["test"], num_samples=1, seed=5)
    [value] = found["log_likelihood"]["values"]
    assert value == pytest.approx(bound.mean(), rel=1e-5)


class Perfect(kerasgen.VAE):
    """Whose latents are factors of shapes, and which draws them as asked."""

    def encode(self, images, **kwargs):
        found = kerasgen.data.measure_shapes(images)
        latents = np.stack([found[n] for n in ("colour", "x", "scale")], axis=1)
        return (latents - latents.mean(axis=0)) / latents.std(axis=0)

    def generate(self, num_samples, seed):
        return kerasgen.data.draw_shapes(num_samples, seed)[0] / np.float32(255)


def test_factors_of_shapes():
    training, _ = kerasgen.data.load_arrays("shapes", "train[:60]")
    test, _ = kerasgen.data.load_arrays("shapes", "test[:400]")
    factors = kerasgen.data.load_factors("shapes", "test[:400]")
    names = ["exact_validity", "mutual_information_gap", "factor_vae_score"]
    options = {
        "training": training,
        "test": test,
        "labels": None,
        # Not asked by these measures.
        "features": keras.Sequential([keras.layers.Flatten()]),
        "measures": names,
        "label_reader": kerasgen.data.label_reader("shapes"),
        "factors": {n: factors[n] for n in ("colour", "x", "scale")},
        "num_samples": 50,
        "num_seeds": 1,
    }
    model = Perfect((32, 32, 3), 3, network="mlp", seed=0)
    found = tasks.evaluate(model, **options)["measures"]
    assert found["exact_validity"]["mean"] == 1
    assert found["exact_validity"]["floor"] == 1
    assert found["factor_vae_score"]["mean"] > 0.99
    # Bins of 400 images, which know something of each other by chance.
    assert 0.75 < found["mutual_information_gap"]["mean"] < 1
    untrained = kerasgen.VAE((32, 32, 3), 3, network="mlp", seed=0)
    found = tasks.evaluate(untrained, **options)["measures"]
    assert found["exact_validity"]["mean"] == 0
    assert found["mutual_information_gap"]["mean"] < 0.1
    with pytest.raises(ValueError, match="factors.*400 images"):
        tasks.evaluate(model, **{**options, "factors": {"x": np.arange(3)}})


def test_the_distance_of_papers(digits):
    """To training images, with test images in the place of generated ones."""
    model = new_model("GAN", network="mlp")
    # In the place of Inception, which takes seconds for ten images.
    inputs = keras.Input((None, None, 1))
    pooled = [keras.layers.AveragePooling2D(4)(inputs)]
    pooled.append(keras.layers.MaxPooling2D(4)(inputs))
    outputs = keras.layers.Concatenate()(pooled)
    outputs = keras.layers.GlobalAveragePooling2D()(outputs)
    inception = keras.Model(inputs, outputs, name="inception")
    steps = []
    names = ["frechet_inception_distance", "authenticity", "vendi_score"]
    found = tasks.evaluate(
        model,
        **digits,
        measures=names,
        num_samples=80,
        num_seeds=2,
        inception=inception,
        progress=lambda *step: steps.append(step),
    )
    assert list(found["measures"]) == [names[0], names[2], names[1]]
    assert [step[0] for step in steps] == list(range(11))
    assert steps[0][1:] == (10, "Inception, 0 training images done")
    drawn = model.generate(80, seed=1)
    held_out = digits["test"][np.random.default_rng(0).permutation(100)[:80]]
    for name, key, function in (
        (names[0], inception, metrics.frechet_distance),
        (names[1], digits["features"], metrics.authenticity_share),
    ):
        real, generated, test = (
            key.predict(images, verbose=0)
            for images in (digits["training"], drawn, held_out)
        )
        measure = found["measures"][name]
        assert measure["values"][1] == pytest.approx(
            function(real, generated), rel=1e-5
        )
        assert measure["floor"] == pytest.approx(function(real, test), rel=1e-5)
    assert 0.3 < found["measures"]["authenticity"]["floor"] < 0.8
    vendi = found["measures"]["vendi_score"]
    assert 1 < vendi["mean"] < vendi["floor"] < 80
    assert re.fullmatch(r"inception \(\w{8}\)", found["inception"])
    text = report.protocol(found)
    for words in (found["inception"], "all 300 training", "80 test images"):
        assert words in text
    without = tasks.evaluate(model, **digits, num_samples=50, num_seeds=1)
    assert names[0] not in without["measures"]
    assert "nception" not in report.protocol(without)


def test_only_some_measures(digits):
    model = new_model("GAN", network="mlp")
    options = {**digits, "num_samples": 50, "num_seeds": 1}
    found = tasks.evaluate(model, **options, measures=["recall", "density"])
    assert list(found["measures"]) == ["recall", "density"]
    with pytest.raises(ValueError, match="log_likelihood.*does not apply"):
        tasks.evaluate(model, **options, measures=["log_likelihood"])
    with pytest.raises(ValueError, match="at least 30"):
        tasks.evaluate(model, **{**options, "num_samples": 20})
    with pytest.raises(ValueError, match="must be one of"):
        tasks.evaluate(model, **options, measures=["fid"])
    with pytest.raises(ValueError, match="test"):
        tasks.evaluate(model, **{**options, "test": digits["test"][:, :4]})


@pytest.mark.parametrize("name", ["VAE", "GAN", "ConditionalVAE", "VQVAE"])
def test_report_holds_everything(digits, name, tmp_path):
    options = {"num_classes": 10} if name == "ConditionalVAE" else {}
    model = new_model(name, network="mlp", **options)
    found = tasks.evaluate(model, **digits, num_samples=60, num_seeds=2)
    pictures = report.pictures_of(
        model,
        digits["training"],
        digits["test"],
        digits["labels"][1],
        digits["features"],
        found,
    )
    report.write_report(tmp_path, "A <model>", found, pictures)
    assert json.loads((tmp_path / "report.json").read_text())["seeds"] == [0, 1]
    markdown = (tmp_path / "report.md").read_text()
    page = (tmp_path / "report.html").read_text()
    assert "A &lt;model&gt;" in page
    for text in (markdown, page):
        assert "frechet distance" in text
        assert "digits_classifier_1" in text
    # Self-contained: pictures are in the page, and nothing is fetched.
    assert page.count("data:image/png;base64,") == len(pictures)
    assert not re.search(r"(src|href)=.?(http|/)", page)
    expected = {"Samples", "Nearest training images"}
    if model.can("encode"):
        expected |= {"Reconstructions", "Latents"}
    assert expected < set(pictures)


def test_no_more_images_than_the_floor_can_have(digits):
    model = new_model("GAN", network="mlp")
    options = {**digits, "num_samples": 5000, "num_seeds": 1}
    found = tasks.evaluate(model, **options, measures=["coverage"])
    assert found["num_samples"] == len(digits["training"])


def test_codes_of_a_vqvae(digits):
    model = new_model("VQVAE")
    names = ["code_usage", "code_perplexity"]
    found = tasks.evaluate(model, **digits, num_samples=50, measures=names)
    usage, perplexity = (found["measures"][n]["mean"] for n in names)
    codes, counts = np.unique(model.codes(digits["test"]), return_counts=True)
    assert usage == pytest.approx(len(codes) / model.quantizer.num_embeddings)
    share = counts / counts.sum()
    expected = np.exp(-(share * np.log(share)).sum())
    assert perplexity == pytest.approx(expected, rel=1e-5)


def test_reports_of_what_has_no_floor(digits, tmp_path):
    """Nor two latents to draw."""
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE((8, 8, 1), 1, seed=0)
    names = ["memorization", "active_units"]
    found = tasks.evaluate(model, **digits, num_samples=50, measures=names)
    pictures = report.pictures_of(
        model,
        digits["training"],
        digits["test"],
        digits["labels"][1],
        digits["features"],
        found,
    )
    assert "Metrics against the floor" not in pictures
    assert {"Latents", "Interpolations"} < set(pictures)


class TestComparison:
    @pytest.fixture
    def folders(self, digits, tmp_path):
        model = new_model("GAN", network="mlp")
        found = tasks.evaluate(
            model, **digits, num_samples=50, num_seeds=2, measures=["recall"]
        )
        folders = [tmp_path / "first", tmp_path / "second"]
        for folder in folders:
            folder.mkdir()
            report.write_report(folder, "GAN", found, {})
        return folders

    def test_one_table(self, folders, tmp_path):
        reports = comparison.read_reports(folders)
        header, line = comparison.table(reports)
        assert header == ["Metric", *map(str, folders), "Floor", "Better"]
        assert line[0] == "recall"
        assert line[1] == line[2] != ""
        comparison.write_page(tmp_path / "page.html", reports)
        assert "recall" in (tmp_path / "page.html").read_text()

    def test_other_features_do_not_compare(self, folders):
        path = folders[1] / "report.json"
        found = json.loads(path.read_text())
        path.write_text(json.dumps({**found, "features": "inception"}))
        with pytest.raises(ValueError, match="different features.*inception"):
            comparison.read_reports(folders)

    def test_inception_matters_where_it_was_taken(self, folders):
        for folder, name in zip(folders, ("inception (1)", "inception (2)")):
            path = folder / "report.json"
            found = json.loads(path.read_text())
            assert found["inception"] is None
            comparison.read_reports(folders)
            path.write_text(json.dumps({**found, "inception": name}))
        with pytest.raises(ValueError, match="different weights of Inception"):
            comparison.read_reports(folders)
        # Nor do reports have the key that were made before there was one.
        del found["inception"]
        path.write_text(json.dumps(found))
        assert len(comparison.read_reports(folders)) == 2

    def test_runs_without_a_report(self, folders, tmp_path):
        with pytest.raises(FileNotFoundError, match="kerasgen evaluate"):
            comparison.read_reports([*folders, tmp_path])
