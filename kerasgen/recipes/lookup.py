"""The recipe of a model and a data set."""

import importlib


def recipe_for(model, dataset):
    """The recipe for a model on a data set.

    Args:
        model: str. Name of the model on the command line, such as `"vae"`;
            its recipes are in the file of that name.
        dataset: str. Name of the data set, or a folder.

    Returns:
        `Recipe`: the one measured on that data set, or the model's default.

    Example:

    >>> recipe_for("vae", "digits").arguments["network"]
    'mlp'
    """
    recipes = importlib.import_module(f"kerasgen.recipes.{model}")
    return recipes.RECIPES.get(dataset, recipes.DEFAULT)
