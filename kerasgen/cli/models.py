"""`kerasgen models`: what can be trained."""

import ast
import re
from typing import Annotated

import typer

from kerasgen.cli import outline
from kerasgen.cli.settings import settable
from kerasgen.recipes import recipe_for
from kerasgen.utils.arguments import check_choice

# Data sets that recipes were measured on.
_OF_IMAGES, _OF_TEXTS = ("digits", "mnist"), ("sums", "tiny_shakespeare")


def models(
    model: Annotated[
        str | None,
        typer.Argument(help="Tell all about this one."),
    ] = None,
):
    """List the models, each with its paper.

    With a name, show what the model does, its settings for `--set`, and its
    recipes with what they were measured to give.

    Examples:

        kerasgen models

        kerasgen models wgan_gp
    """
    known = outline.models()
    if model is not None:
        check_choice("MODEL", model, tuple(known))
        _describe(model, ast.get_docstring(known[model]))
        return
    width = max(map(len, known)) + 2
    for name, definition in sorted(known.items()):
        documentation = ast.get_docstring(definition)
        typer.echo(f"{name:{width}}{documentation.splitlines()[0]}")
        typer.echo(f"{'':{width}}{_citation(documentation)}")
    typer.echo("\n`kerasgen models NAME` tells more of one.")


def _citation(documentation):
    paper = re.search(
        r"References:\n\s+- (.*?),?\s+(https\S+)", documentation, re.DOTALL
    )
    return f"{' '.join(paper.group(1).split())}, {paper.group(2)}"


def _describe(name, documentation):
    typer.echo(documentation)
    typer.echo("\nSettings (--set NAME=VALUE):")
    for network in outline.networks(name):
        typer.echo(f"  network={network}: {', '.join(settable(name, network))}")
    typer.echo("\nRecipes:")
    if outline.is_translator(name):
        number = recipe_for(name, "").epochs
        typer.echo(f"  --source A --target B: {number} epochs; not measured")
        return
    for dataset in _OF_TEXTS if outline.is_of_texts(name) else _OF_IMAGES:
        recipe = recipe_for(name, dataset)
        result = recipe.result or "not measured"
        typer.echo(f"  --dataset {dataset}: {recipe.epochs} epochs; {result}")
