"""`kerasgen models`: what can be trained."""

import inspect
import re
from typing import Annotated

import typer

from kerasgen.cli.quiet import load_tensorflow


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
    load_tensorflow()
    from kerasgen.models import MODELS
    from kerasgen.utils.arguments import check_choice

    if model is not None:
        check_choice("MODEL", model, tuple(MODELS))
        _describe(model, MODELS[model])
        return
    width = max(map(len, MODELS)) + 2
    for name, model_class in sorted(MODELS.items()):
        documentation = inspect.getdoc(model_class)
        typer.echo(f"{name:{width}}{documentation.splitlines()[0]}")
        typer.echo(f"{'':{width}}{_citation(documentation)}")
    typer.echo("\n`kerasgen models NAME` tells more of one.")


def _citation(documentation):
    paper = re.search(
        r"References:\n\s+- (.*?),?\s+(https\S+)", documentation, re.DOTALL
    )
    return f"{' '.join(paper.group(1).split())}, {paper.group(2)}"


def _describe(name, model_class):
    from kerasgen.cli.settings import settable
    from kerasgen.networks import NETWORKS
    from kerasgen.recipes import recipe_for

    typer.echo(inspect.getdoc(model_class))
    typer.echo("\nSettings (--set NAME=VALUE):")
    for network in NETWORKS:
        typer.echo(f"  network={network}: {', '.join(settable(name, network))}")
    typer.echo("\nRecipes:")
    for dataset in ("digits", "mnist"):
        recipe = recipe_for(name, dataset)
        result = recipe.result or "not measured"
        typer.echo(f"  --dataset {dataset}: {recipe.epochs} epochs; {result}")
