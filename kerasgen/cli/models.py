"""`kerasgen models`: what can be trained."""

import inspect
import re

import typer

from kerasgen.cli.quiet import load_tensorflow


def models():
    """List the models, each with its paper."""
    load_tensorflow()
    from kerasgen.models import MODELS

    for name, model in sorted(MODELS.items()):
        documentation = inspect.getdoc(model)
        summary = documentation.splitlines()[0]
        paper = re.search(
            r"References:\n\s+- (.*?),?\s+(https\S+)", documentation, re.DOTALL
        )
        citation = " ".join(paper.group(1).split())
        typer.echo(f"{name:8} {summary}\n{'':8} {citation}, {paper.group(2)}")
