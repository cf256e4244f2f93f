import inspect

import pytest

from kerasgen.models import MODELS
from kerasgen.recipes import recipe_for

DATA_SHAPES = {"digits": (8, 8, 1), "mnist": (28, 28, 1), "other": (32, 32, 3)}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("dataset", DATA_SHAPES)
def test_recipe_builds_its_model(model, dataset):
    recipe = recipe_for(model, dataset)
    assert recipe.arguments["network"]  # The command line says it.
    # The data set says how many classes there are.
    parameters = inspect.signature(MODELS[model].__init__).parameters
    labels = {"num_classes": 10} if "num_classes" in parameters else {}
    built = MODELS[model](
        data_shape=DATA_SHAPES[dataset], seed=0, **labels, **recipe.arguments
    )
    built.compile()
    config = built.get_config()
    for name, value in recipe.arguments.items():
        assert config[name] == value
    assert recipe.epochs > 0
    assert recipe.batch_size > 0
    # Settings that stand in for a recipe were not measured.
    assert bool(recipe.result) == (dataset != "other")
