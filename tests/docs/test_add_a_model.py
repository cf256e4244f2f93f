"""What the page on adding a model shows is a model that keeps the contract."""

import types

import kerasgen
from kerasgen.recipes.table import read_table
from tests.docs.guide_code import blocks


def _code_of(language, start):
    """The block of the page whose title starts so."""
    return next(
        block["code"]
        for block in blocks("project/add-a-model.md", language)
        if (block["title"] or "").startswith(start)
    )


def test_its_model_passes_its_tests(digits, digit_labels, monkeypatch):
    file, test = (
        _code_of("python", start) for start in ("kerasgen/models/a", "tests/")
    )
    model = types.ModuleType("regularized_autoencoder")
    exec(file, vars(model))
    monkeypatch.setattr(
        kerasgen,
        "RegularizedAutoencoder",
        model.RegularizedAutoencoder,
        raising=False,
    )
    names = {"__name__": "page"}
    exec(test, names)
    names["test_loss_by_hand"](digits)
    contract = names["TestRegularizedAutoencoderContract"]()
    contract.images, contract.labels = digits, digit_labels
    # All of it takes a minute; these find a page that has grown old.
    contract.test_arguments_are_not_defaults()
    contract.test_config_lists_every_argument()
    contract.test_fit_changes_every_weight()


def test_its_recipe_builds_its_model():
    file = _code_of("python", "kerasgen/models/a")
    module = types.ModuleType("regularized_autoencoder")
    exec(file, vars(module))
    table = read_table(_code_of("toml", "kerasgen/recipes"))
    (recipes,) = table.values()
    recipe = recipes["default"]
    model = module.RegularizedAutoencoder((8, 8, 1), **recipe.arguments)
    assert model.latent_dim == recipe.arguments["latent_dim"]
