"""The commands that use a trained model."""

import json

import pytest
from PIL import Image

from tests.cli.runs import without_export
from tests.cli.test_cli import call


@pytest.mark.parametrize(
    ("words", "scores"),
    [
        (["embed", "--method", "pca"], {"trustworthiness"}),
        (["embed", "--num-images", 80], {"neighbour_accuracy"}),
        (["cluster"], {"accuracy", "adjusted_rand_index", "noise"}),
        (["cluster", "--method", "dbscan"], {"num_clusters"}),
        (["cluster", "--method", "hdbscan", "--space", "tsne"], {"noise"}),
        (["cluster", "--method", "gmm", "--num-clusters", 3], {"accuracy"}),
        (
            ["anomalies", "--normal", "0-4", "--epochs", 1],
            {"area_under_roc", "false_alarms"},
        ),
        (["inpaint", "--num-images", 3], {"squared_error"}),
        (
            ["inpaint", "--mask", "random", "--method", "sampling"],
            {"squared_error_of_grey"},
        ),
        (["interpolate", "--num-rows", 3], {"distance_of_steps"}),
        (["interpolate", "--dataset", "digits"], {"distance_of_ends"}),
        (["interpolate", "--directions", "sefa"], {"strengths"}),
        (["interpolate", "--directions", "ganspace"], {"distance_of_steps"}),
    ],
)
def test_a_picture_and_its_scores(trained, tmp_path, words, scores):
    command, *options = words
    out = tmp_path / "picture.png"
    output = call(command, trained, *options, "--out", out)
    assert str(out) in output
    with Image.open(out) as picture:
        assert min(picture.size) > 100
    found = json.loads(out.with_suffix(".json").read_text())
    assert scores <= set(found)
    of_images = command != "interpolate" or "--dataset" in options
    measured = {
        "run": str(trained),
        "dataset": "digits" if of_images else None,
        "split": "test" if of_images else None,
        "seed": 0,
    }
    assert measured.items() <= found.items()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["embed", "--out", "map.jpg"], "must end in .png"),
        (["anomalies", "--normal", "0-x"], "0-4 or 0,2,7"),
        (["anomalies", "--normal", "seven"], "names of them: 0, 1,"),
        (["anomalies", "--normal", "0-9"], "leave others"),
        (["anomalies", "--normal", "11"], "some of the classes"),
    ],
)
def test_bad_input(trained, words, message):
    command, *options = words
    assert message in call(command, trained, *options, fails=True)


@pytest.mark.parametrize(
    "words",
    [
        ["cluster", "--num-clusters", 0],
        ["cluster", "--num-images", 1],
        ["cluster", "--num-clusters", 31, "--num-images", 30],
        ["embed", "--num-images", 21],
        ["interpolate", "--num-rows", 0],
        ["interpolate", "--num-steps", 1],
        ["inpaint", "--num-images", 0],
        ["anomalies", "--normal", "0-4", "--epochs", 0],
        ["anomalies", "--normal", "0-4", "--contamination", 0.6],
    ],
)
def test_numbers_are_checked_before_a_model_is_looked_for(words):
    command, option, *rest = words
    output = call(command, "no_such_run", option, *rest, fails=True)
    named = rest[-2] if command == "anomalies" else option
    assert named in output
    assert "no_such_run" not in output


def test_more_clusters_than_images(trained):
    words = ["--dataset", "digits", "--num-clusters", 361]
    output = call("cluster", trained, *words, fails=True)
    assert "`--num-clusters` must be at most 360" in output


@pytest.fixture(scope="module")
def other_runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    with without_export():
        for name in ("gan", "conditional_vae"):
            call("train", name, "--epochs", 1, "--run-dir", folder / name)
    return folder


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("conditional_vae", ["cluster"], "`RUN` must be a model without"),
        ("conditional_vae", ["embed"], "`RUN` must be a model without"),
        ("gan", ["anomalies", "--normal", "0-4"], "`--score` must be"),
        ("gan", ["inpaint", "--method", "sampling"], "must be 'search'"),
    ],
)
def test_models_that_do_not_fit(other_runs, name, words, message):
    command, *options = words
    output = call(command, other_runs / name, *options, fails=True)
    assert message in output
    assert "━" not in output


def test_a_page_without_a_server_is_written(trained, tmp_path):
    pytest.importorskip("tf2onnx")
    site = tmp_path / "site"
    printed = call("playground", trained, "--static", site)
    assert f"python -m http.server --directory {site}" in printed
    assert (site / "index.html").is_file()
    page = json.loads((site / "model.json").read_text())
    assert (page["name"], page["model"]) == (trained.name, "VAE")
    error = call("playground", trained, "--static", site, fails=True)
    assert "not overwritten" in error
