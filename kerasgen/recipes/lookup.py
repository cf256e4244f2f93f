"""The recipe of a model and a data set."""

import importlib
import math

# Images of the data sets that every model has a recipe for.
_SMALL, _LARGE = ("digits", 1437), ("mnist", 60000)


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
    recipes = _recipes(model)
    return recipes.RECIPES.get(dataset, recipes.DEFAULT)


def advised_epochs(model, num_images):
    """How many epochs the recipes of a model advise for so many images.

    Between those of its recipes for digits and for MNIST, which were measured,
    evenly on a logarithmic scale; with fewer images or more, those of the one
    or the other. A guess to start from: the losses tell more.

    Args:
        model: str. Name of the model on the command line.
        num_images: int.

    Returns:
        int.

    Example:

    >>> [advised_epochs("vae", number) for number in (500, 2800, 10**6)]
    [100, 85, 40]
    """
    (small, few), (large, many) = _SMALL, _LARGE
    recipes = _recipes(model).RECIPES
    place = math.log(max(num_images, 1) / few) / math.log(many / few)
    place = min(max(place, 0.0), 1.0)
    first, last = recipes[small].epochs, recipes[large].epochs
    return round(first * (last / first) ** place)


def _recipes(model):
    return importlib.import_module(f"kerasgen.recipes.{model}")
