"""Recipes: what to train a model with on a data set, and what it gives."""

from kerasgen.recipes.lookup import advised_epochs
from kerasgen.recipes.lookup import recipe_for
from kerasgen.recipes.recipe import Recipe
from kerasgen.recipes.table import SCHEDULES

__all__ = ["SCHEDULES", "Recipe", "advised_epochs", "recipe_for"]
