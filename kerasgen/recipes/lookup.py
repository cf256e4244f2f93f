"""The recipe of a model and a data set."""

import functools
import math
import pathlib

from kerasgen.recipes.table import DEFAULT
from kerasgen.recipes.table import read_table
from kerasgen.utils.arguments import check_choice

TABLE = pathlib.Path(__file__).with_name("recipes.toml")

# Data sets of two sizes: name, and number of images to train on.
_SMALL, _LARGE = ("digits", 1437), ("mnist", 60000)


def recipe_for(model, dataset):
    """The recipe for a model on a data set.

    Args:
        model: str. Name of the model on the command line, such as `"vae"`.
        dataset: str. Name of the data set, or a folder.

    Returns:
        `Recipe`: the one measured on that data set, or the model's default.

    Raises:
        ValueError: for a model without recipes.

    Example:

    >>> recipe_for("vae", "digits").arguments["network"]
    'mlp'
    """
    recipes = _recipes(model)
    return recipes.get(dataset, recipes[DEFAULT])


def advised_epochs(model, num_images):
    """How many epochs the recipes of a model advise for so many images.

    Between those of its recipes for digits and for MNIST, which were measured,
    evenly on a logarithmic scale; with fewer images or more, those of the one
    or the other. A guess to start from: the losses tell more. Of a model that
    was not measured on one of them, its default stands in.

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
    place = math.log(max(num_images, 1) / few) / math.log(many / few)
    place = min(max(place, 0.0), 1.0)
    first = recipe_for(model, small).epochs
    last = recipe_for(model, large).epochs
    return round(first * (last / first) ** place)


def _recipes(model):
    table = _table()
    check_choice("model", model, tuple(table))
    return table[model]


@functools.cache
def _table():
    return read_table(TABLE.read_text(encoding="utf-8"))
