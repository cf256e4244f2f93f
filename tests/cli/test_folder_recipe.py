"""What a model is trained with on images of the user's own."""

import json

import numpy as np
import pytest
from PIL import Image

from kerasgen.cli import outline
from kerasgen.cli import run_data
from kerasgen.cli.domains import Domains
from kerasgen.cli.folder_recipe import folder_recipe
from kerasgen.cli.settings import command_of
from kerasgen.cli.settings import gather
from kerasgen.recipes import recipe_for
from tests.cli.test_cli import call


def photos(folder, start, stop):
    """Files of 14 x 14 pixels in colour."""
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(start)
    for number in range(start, stop):
        pixels = random.integers(0, 256, (14, 14, 3), "u1")
        Image.fromarray(pixels).save(folder / f"{number:03d}.png")
    return folder


def test_dense_layers_for_small_images():
    recipe = folder_recipe("vae", 60_000, (32, 32, 1))
    default = recipe_for("vae", "")
    assert recipe.arguments["network"] == default.arguments["network"] == "mlp"
    assert recipe.arguments["likelihood"] == "discretized_logistic"
    assert recipe.batch_size == default.batch_size
    assert recipe.epochs == recipe_for("vae", "mnist").epochs


def test_convolutions_for_large_ones():
    recipe = folder_recipe("bigan", 20_000, (32, 32, 3))
    assert recipe.arguments["network"] == "dcgan"
    # Those of dense layers would be refused.
    assert recipe.arguments["network_options"] == {"filters": 32}
    assert "augment" not in recipe.arguments


def test_few_images():
    recipe = folder_recipe("r3gan", 100, (64, 64, 3))
    assert recipe.arguments["augment"] == "diffaugment"
    assert recipe.batch_size == 8
    assert recipe.epochs == recipe_for("r3gan", "digits").epochs


@pytest.mark.parametrize("model", ["dec", "vade", "contractive_autoencoder"])
def test_dense_layers_where_they_are_part_of_the_model(model):
    recipe = folder_recipe(model, 1_000, (64, 64, 3))
    assert recipe.arguments["network"] == "mlp"


def test_every_model_has_one():
    """Whatever is chosen is an argument, or an option of the network."""
    for model in outline.models():
        if outline.is_of_texts(model) or outline.is_translator(model):
            continue
        recipe = folder_recipe(model, 500, (64, 64, 3))
        known = outline.model_arguments(model)
        assert set(recipe.arguments) <= {*known, "network_options"}, model
        network = recipe.arguments["network"]
        options = recipe.arguments.get("network_options", {})
        assert set(options) <= set(outline.network_options(model, network))


@pytest.mark.parametrize(
    ("number", "batch_size", "epochs"),
    [(13, 1, 200), (300, 6, 200), (2_000, 16, 80), (60_000, 16, 20)],
)
def test_two_domains(number, batch_size, epochs):
    recipe = folder_recipe("cyclegan", number, None)
    assert (recipe.batch_size, recipe.epochs) == (batch_size, epochs)
    assert recipe.arguments == recipe_for("cyclegan", "").arguments


def test_a_folder_called_like_a_measured_data_set(tmp_path):
    folder = photos(tmp_path / "mnist", 0, 20)
    both = Domains(target=str(folder), degrade="noise")
    settings = gather("pix2pix", None, None, None, None, 0, [], both)
    assert settings.epochs == recipe_for("pix2pix", "").epochs
    assert run_data.own_images(settings) == (18, None)
    both = Domains(target="mnist", degrade="noise")
    settings = gather("pix2pix", None, None, None, None, 0, [], both)
    assert settings.epochs == recipe_for("pix2pix", "mnist_noise").epochs
    assert not run_data.is_of_own(settings)


def test_what_the_user_says_wins(tmp_path):
    said = "gan", f"{tmp_path}/", "32", 7, 5, 0, ["augment=None", "network=mlp"]
    settings = gather(*said, images=(100, (32, 32, 3)))
    assert (settings.epochs, settings.batch_size) == (7, 5)
    assert settings.arguments["augment"] is None
    assert settings.arguments["network"] == "mlp"
    assert settings.flat()["num_images"] == 100


def test_a_resumed_run_keeps_its_recipe(tmp_path, no_export):
    folder, run = photos(tmp_path / "photos", 0, 40), tmp_path / "run"
    words = ["train", "gan", "--dataset", folder, "--run-dir", run]
    words += ["--set", "filters=2", "--set", "latent_dim=2"]
    output = call(*words, "--epochs", 1)
    assert "36 images to train on, 14 x 14, in colour: network=dcgan" in output
    assert "augment=diffaugment, 1 epochs in batches of 8" in output
    settings = json.loads((run / "config.json").read_text())["settings"]
    assert settings["num_images"] == 36
    assert settings["augment"] == "diffaugment"
    photos(folder, 40, 300)
    call(*words, "--epochs", 2, "--resume")
    settings = json.loads((run / "config.json").read_text())["settings"]
    assert (settings["num_images"], settings["batch_size"]) == (36, 8)
    command = command_of(settings, run)
    assert "num_images" not in command
    assert "augment=diffaugment" in command


def test_a_run_of_before_goes_on(tmp_path):
    """Its recipe was the model's default, whatever the images."""
    folder = photos(tmp_path / "photos", 0, 20)
    settings = gather("vae", str(folder), None, None, None, 0, [])
    assert run_data.own_images(settings) == (18, (14, 14, 3))
    record = {"settings": {"batch_size": 128}, "data_shape": [14, 14, 3]}
    assert run_data.own_images(settings, record) is None
    record["settings"]["num_images"] = 500
    assert run_data.own_images(settings, record) == (500, (14, 14, 3))
