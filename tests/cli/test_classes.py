"""Classes on the command line, by number and by name."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

from kerasgen import data
from tests.cli.test_cli import SMALL
from tests.cli.test_cli import call


def test_classes(tmp_path, no_export):
    folder = tmp_path / "conditional"
    call("train", "conditional_vae", *SMALL, "--run-dir", folder)
    model = keras.saving.load_model(folder / "model.keras")
    assert model.num_classes == 10
    drawn = {}
    for name, words in {
        "all": [],
        "listed": ["--labels", "0,1,2"],
        "one": ["--label", "7"],
    }.items():
        file = tmp_path / f"{name}.npy"
        call("generate", folder, "--num-samples", 5, *words, "--out", file)
        drawn[name] = np.load(file)
    for name, labels in {
        "all": [0, 1, 2, 3, 4],
        "listed": [0, 1, 2, 0, 1],
        "one": [7] * 5,
    }.items():
        expected = model.generate(5, seed=0, labels=labels)
        np.testing.assert_allclose(drawn[name], expected, atol=1e-6)
    for words, error in (
        (["--label", "10"], "from 0 to 9"),
        (["--labels", "0,-1"], "from 0 to 9"),
        (["--labels", "one"], "one of '0', '1', '2'"),
        (["--labels", "1", "--label", "1"], "Choose one"),
    ):
        assert error in call("generate", folder, *words, fails=True)
    picture = tmp_path / "it.png"
    call("reconstruct", folder, "--num-samples", 8, "--out", picture)
    assert picture.exists()


def test_classes_by_name_and_height_by_width(tmp_path):
    photos = tmp_path / "photos"
    generator = np.random.default_rng(0)
    for index in range(24):
        name = ["automobile", "10", "ship"][index % 3]
        (photos / name).mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 256, (14, 20, 3), np.uint8)
        Image.fromarray(pixels).save(photos / name / f"{index}.png")
    (photos / "bus").mkdir()
    folder = tmp_path / "run"
    words = [
        "train", "conditional_vae", "--dataset", photos, "--epochs", 1,
        "--set", "hidden_units=[4]", "--batch-size", 8, "--run-dir", folder,
    ]  # fmt: skip
    with pytest.warns(data.LeftOutWarning, match="bus"):
        call(*words, "--image-size", "6x9")
    names = ["10", "automobile", "ship"]
    model = keras.saving.load_model(folder / "model.keras")
    assert model.data_shape == (6, 9, 3)
    assert model.class_names == names
    config = json.loads((folder / "config.json").read_text())
    assert config["class_names"] == names
    assert config["settings"]["image_size"] == [6, 9]
    about = folder / "export" / "1" / "assets.extra" / "kerasgen.json"
    assert json.loads(about.read_text())["class_names"] == names
    call(
        *words[:4], *words[6:], "--image-size", "6X9", "--epochs", 2, "--resume"
    )
    model = keras.saving.load_model(folder / "model.keras")
    assert model.class_names == names
    file = tmp_path / "it.npy"
    for chosen, labels in (
        (["--labels", "ship, automobile"], [2, 1, 2]),
        (["--label", "ship"], [2, 2, 2]),
        (["--labels", "ship,1"], [2, 1, 2]),
        # A name before a number.
        (["--label", "10"], [0, 0, 0]),
    ):
        call("generate", folder, *chosen, "--num-samples", 3, "--out", file)
        expected = model.generate(3, seed=0, labels=labels)
        np.testing.assert_allclose(np.load(file), expected, atol=1e-6)
    for chosen, error in (
        (["--label", "shp"], "'10', 'automobile', 'ship'"),
        (["--label", "shp"], "Did you mean 'ship'?"),
        (["--labels", "ship,3"], "from 0 to 2"),
        (["--labels", "ship,"], "must be one of"),
        (["--labels", "0,1,2", "--num-samples", 2], "3 labels for 2 rows"),
    ):
        assert error in call("generate", folder, *chosen, fails=True)
