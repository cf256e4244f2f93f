"""The search for settings of GANs: what is tried, and what is left of it."""

import json

import pytest

from kerasgen.models import MODELS
from kerasgen.recipes import recipe_for
from tests.benchmarks.loading import load


@pytest.fixture(scope="module")
def benchmark():
    return load("recipes")


@pytest.mark.parametrize("name", ["gan", "r3gan", "conditional_gan"])
def test_the_recipe_in_use_is_tried(benchmark, name):
    recipe = recipe_for(name, "mnist")
    found = benchmark.arguments_of(benchmark.in_use(name))
    for argument in ("latent_dim", "network"):
        assert found[argument] == recipe.arguments[argument]
    options = recipe.arguments["network_options"]
    assert {key: found["network_options"][key] for key in options} == options
    assert found.get("r1") == recipe.arguments.get("r1")


@pytest.mark.parametrize("network", ["dcgan", "resnet"])
@pytest.mark.parametrize("discriminator", ["batch", "spectral", "r1"])
def test_settings_are_a_model(benchmark, network, discriminator):
    settings = {
        **benchmark.TRIED_ELSEWHERE[0],
        "network": network,
        "filters": 4,
        "discriminator": discriminator,
        "augment": "diffaugment",
        **({"r1": 0.5} if discriminator == "r1" else {}),
    }
    model = MODELS["gan"](
        (28, 28, 1), seed=0, **benchmark.arguments_of(settings)
    )
    kinds = {type(layer).__name__ for layer in model.discriminator.layers}
    assert ("BatchNormalization" in kinds) == (discriminator == "batch")
    assert ("SpectralNormalization" in kinds) == (discriminator == "spectral")
    assert model.has_penalty == (discriminator == "r1")
    assert model.augment == "diffaugment"
    assert model.generate(2, seed=0).shape == (2, 28, 28, 1)


def test_the_better_third_is_trained_longer(benchmark, monkeypatch, tmp_path):
    pytest.importorskip("optuna")
    trained = []

    def distance(settings, minutes):
        trained.append(minutes)
        # The best rate of long training is another than that of short.
        best = 1e-3 if minutes < 10 else 3e-4
        return abs(settings["learning_rate"] - best)

    monkeypatch.setattr(
        benchmark,
        "of_settings",
        lambda name, columns, judge, options, folder, settings, minutes: {
            "settings": settings,
            "distance": distance(settings, minutes),
        },
    )
    monkeypatch.setattr(benchmark, "DATASET", "digits")
    monkeypatch.setattr(benchmark, "NUM_HELD_OUT", 200)
    monkeypatch.setattr(benchmark, "NUM_SAMPLES", 100)
    monkeypatch.setattr(benchmark, "in_use", lambda name: SETTINGS)
    command = ["recipes", "--out", str(tmp_path), "--trials"]
    monkeypatch.setattr("sys.argv", [*command, "9"])
    benchmark.main()
    assert trained == 9 * [3] + 3 * [9] + [27]
    table = json.loads((tmp_path / "gan" / "search.json").read_text())
    assert len(table["rows"]) == 9
    assert sum(row[-2] != "" for row in table["rows"]) == 3
    assert sum(row[-1] != "" for row in table["rows"]) == 1
    best = json.loads((tmp_path / "gan" / "best.json").read_text())
    winner = next(row for row in table["rows"] if row[-1] != "")
    assert f"{best['learning_rate']:.3g}" in winner
    # Those that are there already are not suggested anew.
    trained.clear()
    monkeypatch.setattr("sys.argv", [*command, "10"])
    benchmark.main()
    assert trained[:10] == 10 * [3]
    assert len(json.loads((tmp_path / "gan" / "search.json").read_text())) == 2


SETTINGS = {
    "network": "dcgan",
    "filters": 16,
    "batch_size": 64,
    "learning_rate": 2e-4,
    "discriminator": "batch",
    "ema_momentum": 0.0,
    "augment": "none",
    "label_smoothing": 0.0,
}
