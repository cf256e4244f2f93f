"""The recipe of a model and a data set."""

from kerasgen.recipes import gan
from kerasgen.recipes import vae

_RECIPES = {"gan": gan, "vae": vae}


def recipe_for(model, dataset):
    """The recipe for a model on a data set.

    Args:
        model: str. Name of the model on the command line, such as `"vae"`.
        dataset: str. Name of the data set, or a folder.

    Returns:
        `Recipe`: the one measured on that data set, or the model's default.

    Example:

    >>> recipe_for("vae", "digits").arguments["network"]
    'mlp'
    """
    recipes = _RECIPES[model]
    return recipes.RECIPES.get(dataset, recipes.DEFAULT)
