"""The command line, as a user calls it."""

import csv
import json
import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from typer.testing import CliRunner

from kerasgen import data
from kerasgen import metrics
from kerasgen.callbacks import checkpoint_record
from kerasgen.cli.main import app
from kerasgen.models import MODELS
from kerasgen.models.translation.translation_model import TranslationModel
from kerasgen.utils import checksums
from tests.contract import distinct
from tests.models.small_models import is_of_images

SMALL = ["--epochs", "2", "--set", "hidden_units=[16]", "--set", "latent_dim=3"]


def call(*words, fails=False):
    """Runs a command in this process; returns its output, or its error."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if fails:
        assert result.exception is not None
        assert not isinstance(result.exception, SystemExit) or result.exit_code
        return f"{result.exception} {result.output}"
    if result.exception is not None:
        raise result.exception
    return result.output


def call_process(*words):
    command = [sys.executable, "-m", "kerasgen", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


# One for each set of abilities; all recipes are built in tests/recipes.
BY_ABILITIES = {
    distinct.functions_of(model, "signature"): name
    for name, model in reversed(MODELS.items())
    if is_of_images(name)
}


@pytest.mark.parametrize(
    "name",
    [
        name
        if name in BY_ABILITIES.values()
        else pytest.param(name, marks=pytest.mark.exhaustive)
        for name in MODELS
        if is_of_images(name)
    ],
)
def test_every_model_trains_by_its_recipe(name, tmp_path, no_export):
    """For one epoch on digits."""
    folder = tmp_path / "run"
    options, shape = [], (8, 8, 1)
    if issubclass(MODELS[name], TranslationModel):
        options, shape = _pairs(tmp_path), None
    call("train", name, *options, "--epochs", 1, "--run-dir", folder)
    model = keras.saving.load_model(folder / "model.keras")
    assert type(model) is MODELS[name]
    assert model.data_shape == shape
    assert (folder / "export" / "1").is_dir()


def _pairs(folder):
    images, _ = data.load_arrays("digits", image_size=16)
    some = {"source_train": images[:32], "target_train": 1 - images[:32]}
    np.savez(folder / "pairs.npz", **some)
    return ["--source", folder / "pairs.npz"]


def test_train_leaves_everything_in_the_folder(run):
    folder, output = run
    for name in (
        "model.keras",
        "samples.png",
        "samples/training.gif",
        "losses.png",
        "history.csv",
        "config.json",
        "export/1",
    ):
        assert (folder / name).exists()
        assert name in output
    assert len(list((folder / "samples").glob("*.png"))) == 2
    assert any((folder / "logs").rglob("events*"))
    assert len(list((folder / "checkpoints").iterdir())) == 2
    with open(folder / "history.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert {"elbo", "val_elbo", "kl_loss"} <= set(rows[0])
    settings = json.loads((folder / "config.json").read_text())["settings"]
    assert settings["hidden_units"] == [16]
    assert settings["latent_dim"] == 3


def test_generate_draws_what_the_model_and_the_servable_draw(run, tmp_path):
    folder, _ = run
    out = tmp_path / "images.npy"
    call("generate", folder, "--num-samples", 5, "--seed", 3, "--out", out)
    images = np.load(out)
    assert images.shape == (5, 8, 8, 1)
    model = keras.saving.load_model(folder / "model.keras")
    np.testing.assert_allclose(images, model.generate(5, seed=3), atol=1e-6)
    served = tf.saved_model.load(folder / "export" / "1").signatures["generate"]
    seeds = np.stack([np.full(5, 3), np.arange(5)], 1).astype("int32")
    again = served(seeds=tf.constant(seeds))["images"]
    np.testing.assert_allclose(images, again, atol=1e-5)


def test_generate_draws_pictures(run, tmp_path):
    folder, _ = run
    picture = tmp_path / "it.png"
    call(
        "generate", folder / "model.keras", "--num-samples", 9, "--out", picture
    )
    assert Image.open(picture).size == (26 * 24, 26 * 24)
    assert "must end in .png or .npy" in call(
        "generate", folder, "--out", "it.gif", fails=True
    )


def test_reconstruct(run, tmp_path):
    folder, _ = run
    picture = tmp_path / "it.png"
    output = call("reconstruct", folder, "--num-samples", 11, "--out", picture)
    assert "11 images" in output
    width, height = Image.open(picture).size
    # Eight columns; two rows of images and two of reconstructions.
    assert width / height == (8 * 9 - 1) / (4 * 9 - 1)


def test_evaluate_and_compare(run, tmp_path):
    folder, _ = run
    few = ["--num-samples", "60", "--seeds", "2"]
    chosen = ["--metrics", "coverage,active_units"]
    for name in ("first", "second"):
        output = call(
            "evaluate", folder, *few, *chosen, "--out", tmp_path / name
        )
        assert str(tmp_path / name / "report.html") in output
        assert "coverage" in output
        assert "recall" not in output
    report = json.loads((tmp_path / "first" / "report.json").read_text())
    assert report["seeds"] == [0, 1]
    assert list(report["measures"]) == ["coverage", "active_units"]
    assert "Losses" in (tmp_path / "first" / "report.html").read_text()
    folders = [tmp_path / "first", tmp_path / "second"]
    output = call("compare", *folders, "--out", tmp_path / "page.html")
    assert "coverage" in output
    assert "coverage" in (tmp_path / "page.html").read_text()
    call("evaluate", folder, "--num-samples", 50, *chosen, "--out", folders[1])
    assert "do not compare" in call("compare", *folders, fails=True)


def test_evaluate_by_inception(run, tmp_path, monkeypatch):
    folder, _ = run
    weights = tmp_path / "inception.pth"
    weights.write_bytes(b"")
    chosen = ["--metrics", "frechet_inception_distance", "--seeds", "1"]
    few = ["--num-samples", "60", "--out", tmp_path]
    message = call("evaluate", folder, *chosen, *few, fails=True)
    assert "`--inception`" in message
    by_file = ["--inception", weights]
    others = ["--metrics", "coverage", *by_file]
    assert "must be left out" in call("evaluate", folder, *others, fails=True)
    message = call("evaluate", folder, *chosen, *by_file, fails=True)
    assert f"{weights} cannot be read as a state dict" in message
    assert not (folder / "report.json").exists()
    paths = []
    pixels = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])

    def network_of(path):
        paths.append(path)
        return pixels

    monkeypatch.setattr(metrics, "inception_network", network_of)
    output = call("evaluate", folder, *chosen, *few, *by_file)
    assert paths == [weights]
    assert "frechet inception distance" in output
    report = json.loads((tmp_path / "report.json").read_text())
    assert list(report["measures"]) == ["frechet_inception_distance"]
    assert report["inception"].startswith(pixels.name)
    text = (tmp_path / "report.md").read_text()
    assert "resized to 299 x 299" in text


def test_evaluate_tells_what_is_wrong(run, tmp_path):
    folder, _ = run
    message = call("evaluate", folder, "--metrics", "coverge", fails=True)
    assert "coverage" in message
    message = call("evaluate", folder / "model.keras", fails=True)
    assert "folder of a run" in message
    assert "kerasgen evaluate" in call("compare", tmp_path, fails=True)
    report = tmp_path / "report.json"
    for text, words in (("{", "damaged"), ("[]", "no report")):
        report.write_text(text)
        error = call("compare", tmp_path, fails=True)
        assert f"{report} is {words}" in error
        assert f"kerasgen evaluate {tmp_path}" in error
    assert not (folder / "report.json").exists()


def test_export_and_its_signatures(run, tmp_path):
    folder, _ = run
    output = call("export", folder, tmp_path / "servable")
    for words in ("servable/1", "serving_default", "latents float32[None, 3]"):
        assert words in output
    call("export", folder, tmp_path / "servable", "--version", 5)
    assert (tmp_path / "servable" / "5" / "saved_model.pb").exists()
    error = call(
        "export", folder, tmp_path / "servable", "--version", 5, fails=True
    )
    assert "Version 5" in error


def test_export_is_checked_and_configured(run, tmp_path):
    folder, _ = run
    versions = tmp_path / "digits"
    words = ["export", folder, versions, "--keep", 2]
    words += ["--serving-config", tmp_path / "serving"]
    for _ in range(2):
        assert "README.md" in call(*words)
    assert "must leave version 1" in call(*words, fails=True)
    wrong = [*words[:2], tmp_path / "my digits", *words[5:]]
    assert "name='my digits'" in call(*wrong, fails=True)
    assert not (tmp_path / "my digits").exists()
    assert "--stable 2 alone" in call(*words[:3], "--stable", 2, fails=True)
    call(*words[:3], *words[5:], "--stable", 2)
    assert sorted(path.name for path in versions.glob("[!.]*")) == [*"123"]
    config = (tmp_path / "serving" / "models.config").read_text()
    assert 'key: "stable" value: 2' in config
    assert 'key: "canary" value: 3' in config
    assert "must leave version 2" in call(*words[:4], 1, *words[5:], fails=True)
    call(*words[:3], "--keep", 2)
    # Labels have named the others within a minute.
    assert sorted(path.name for path in versions.glob("[!.]*")) == [*"1234"]
    output = call("check-export", versions)
    assert "FAULT" not in output
    assert output.count("ok ") == 11
    (versions / "4" / "assets.extra" / "replay.npz").unlink()
    done = call_process("check-export", versions / "4")
    assert done.returncode == 1
    assert "FAULT" in done.stdout
    assert "1 of 11 rules do not hold" in done.stdout
    assert "no SavedModel" in call("check-export", tmp_path, fails=True)


def test_models_and_datasets_are_listed():
    models = call("models")
    for words in ("vae", "1312.6114", "gan", "1406.2661", "Goodfellow"):
        assert words in models
    described = call("models", "wgan_gp")
    for words in ("equation 3", "gradient_penalty", "hidden_units", "epochs"):
        assert words in described
    # Once, though both the model and the network have it.
    line = next(r for r in described.splitlines() if "network=mlp" in r)
    assert line.count("spectral_normalization") == 1
    assert "'wgan_gp'" in call("models", "wgangp", fails=True)
    datasets = call("datasets")
    for words in ("digits", "fashion_mnist", "cifar10", "TFDS_DATA_DIR"):
        assert words in datasets


def test_images_of_a_folder(tmp_path, no_export):
    generator = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for index in range(24):
        pixels = generator.integers(0, 256, (14, 14, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{index}.png")
    folder = tmp_path / "run"
    output = call(
        "train", "vae", "--dataset", tmp_path / "photos", "--image-size", 12,
        "--set", "network=dcgan", "--set", "filters=2", "--epochs", 3,
        "--batch-size", 8, "--run-dir", folder,
    )  # fmt: skip
    # Two of 24 are held out.
    assert (
        "22 images to train on, 12 x 12, in colour: network=dcgan, "
        "likelihood=discretized_logistic, 3 epochs in batches of 8." in output
    )
    assert re.search(
        r"An epoch takes [\d.]+ seconds, the 1 that are left about", output
    )
    model = keras.saving.load_model(folder / "model.keras")
    assert model.data_shape == (12, 12, 3)
    call("reconstruct", folder, "--out", folder / "it.png", "--num-samples", 2)
    assert (folder / "it.png").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["vea"], "Did you mean 'vae'?"),
        (["vae", "--dataset", "minst"], "Did you mean 'mnist'"),
        (["vae", "--set", "latent=3"], "latent_dim, network"),
        (["vae", "--set", "filters=3"], "hidden_units"),
        (["vae", "--set", "latent_dim"], "name=value"),
        (["vae", "--set", "network=unet"], "'mlp', 'dcgan'"),
        (["vae", "--epochs", "0"], "--epochs=0"),
        (["vae", "--seed", "-1"], "--seed=-1"),
        (["gan", "--dataset", "no/such/folder"], "no folder"),
        (["vae", "--set", "hidden_units=16"], "hidden_units=16"),
        (["gan", "--set", "filters=0"], "filters=0"),
        (["vae", "--set", "learning_rate=fast"], "learning_rate='fast'"),
        (
            ["vae", "--set", "learning_rate_schedule=line"],
            "'constant', 'cosine'",
        ),
        (
            ["flow_matching", "--set", "learning_rate_schedule=cosine"],
            "must be given with",
        ),
        (["vae", "--resume", "--overwrite"], "Choose one"),
    ],
)
def test_wrong_words_name_the_right_ones(words, expected, tmp_path):
    folder = tmp_path / "run"
    error = call("train", *words, "--run-dir", folder, fails=True)
    assert expected in error
    assert not folder.exists()


def test_a_gan_does_not_reconstruct(tmp_path):
    import kerasgen

    kerasgen.GAN((8, 8, 1), 2, seed=0).save(tmp_path / "gan.keras")
    error = call(
        "reconstruct", tmp_path / "gan.keras", "--dataset", "digits", fails=True
    )
    assert "encoder" in error


def test_training_that_diverges(tmp_path):
    folder = tmp_path / "run"
    words = ("train", "vae", "--epochs", 5, "--run-dir", folder)
    # A rate that overflows in a network of any size.
    too_large = ("--set", "hidden_units=[16]", "--set", "learning_rate=1e30")
    error = call(*words, *too_large, fails=True)
    good = folder / "checkpoints" / "epoch_0000.keras"
    assert f"The last good checkpoint, of 0 epochs: {good}" in error
    assert "diverged" in error and "report" not in error
    # Nothing is left that passes for a result.
    left = {path.name for path in folder.iterdir()}
    assert left == {"checkpoints", "config.json", "history.csv", "logs"}
    assert [*good.parent.glob("*.keras")] == [good]
    # Nor does a run go on from a checkpoint that is lost.
    spoilt = good.with_name("epoch_0001.keras")
    model = lost(keras.saving.load_model(good))
    model.save(spoilt)
    settings = checkpoint_record.read(good)["settings"]
    checkpoint_record.write(spoilt, 1, model, settings)
    checksums.add_checksum(spoilt)
    error = call(*words, *too_large, "--resume", fails=True)
    assert "weights of VAE" in error and "must be finite" in error


def lost(model):
    bias = model.decoder.trainable_weights[-1]
    bias.assign(np.full(bias.shape, np.nan))
    return model


def test_nothing_is_made_of_a_lost_model(tmp_path):
    file, out = tmp_path / "lost.keras", tmp_path / "out"
    model = MODELS["vae"]((8, 8, 1), 3, seed=0)
    model.compile()
    lost(model).save(file)
    for words in (
        ["generate", file, "--out", f"{out}.png"],
        ["reconstruct", file, "--dataset", "digits", "--out", f"{out}.png"],
        ["interpolate", file, "--out", f"{out}.png"],
        ["embed", file, "--dataset", "digits", "--out", f"{out}.png"],
        ["cluster", file, "--dataset", "digits", "--out", f"{out}.png"],
        ["export", file, out],
    ):
        with pytest.raises(ValueError, match="must be finite"):
            call(*words)
    assert list(tmp_path.iterdir()) == [file]


def test_errors_are_one_line_and_help_is_fast():
    result = call_process("train", "vea")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "Error: Argument `MODEL` must be one of" in result.stderr
    loaded = (
        "import sys; sys.argv = ['kerasgen', '--help']\n"
        "from kerasgen.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert 'tensorflow' not in sys.modules"
    )
    result = subprocess.run(
        [sys.executable, "-c", loaded],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
    )
    assert result.returncode == 0, result.stderr
    for command in ("train", "generate", "reconstruct", "export", "models"):
        assert command in result.stdout


@pytest.mark.parametrize(
    "size", ["0", "30x", "x", "30x50x3", "-3", "30*50", "3.5", "0x3"]
)
def test_a_wrong_size_is_refused(size, tmp_path):
    words = "train", "vae", "--image-size", size, "--run-dir", tmp_path / "run"
    assert "such as 30x50" in call(*words, fails=True)


def test_classes_of_a_model_without(run):
    folder, _ = run
    assert "no classes" in call("generate", folder, "--label", 1, fails=True)


def test_the_model_s_own_setting_wins_over_the_network_s(tmp_path, no_export):
    folder = tmp_path / "gan"
    call(
        *("train", "gan", *SMALL, "--set", "spectral_normalization=True"),
        *("--run-dir", folder),
    )
    model = keras.saving.load_model(folder / "model.keras")
    assert model.spectral_normalization is True
