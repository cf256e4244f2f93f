"""What the page on adding a model shows is a model that keeps the contract."""

import types

import kerasgen
from tests.docs.guide_code import blocks


def test_its_model_passes_its_tests(digits, digit_labels, monkeypatch):
    file, _, test = (
        next(
            block["code"]
            for block in blocks("project/add-a-model.md", "python")
            if (block["title"] or "").startswith(start)
        )
        for start in ("kerasgen/models/a", "kerasgen/recipes", "tests/")
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
