"""The commands that use a trained model."""

import json

import pytest
from PIL import Image

from tests.cli.test_cli import SMALL
from tests.cli.test_cli import call


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "vae"
    call("train", "vae", *SMALL, "--run-dir", folder)
    return folder


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
    ],
)
def test_a_picture_and_its_scores(run, tmp_path, words, scores):
    command, *options = words
    out = tmp_path / "picture.png"
    output = call(command, run, *options, "--out", out)
    assert str(out) in output
    with Image.open(out) as picture:
        assert min(picture.size) > 100
    found = json.loads(out.with_suffix(".json").read_text())
    assert scores <= set(found)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["embed", "--out", "map.jpg"], "must end in .png"),
        (["anomalies", "--normal", "0-x"], "0-4 or 0,2,7"),
        (["anomalies", "--normal", "0-9"], "leave others"),
        (["anomalies", "--normal", "11"], "some of the classes"),
    ],
)
def test_bad_input(run, words, message):
    command, *options = words
    assert message in call(command, run, *options, fails=True)
