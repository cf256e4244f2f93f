"""`kerasgen models`: what can be trained."""

import inspect
import re

import typer

from kerasgen.cli.quiet import load_tensorflow


def models():
    """List the models, each with its paper and what `--set` changes."""
    load_tensorflow()
    from kerasgen.cli.settings import settable
    from kerasgen.models import MODELS
    from kerasgen.networks import NETWORKS

    for name, model in sorted(MODELS.items()):
        documentation = inspect.getdoc(model)
        summary = documentation.splitlines()[0]
        paper = re.search(
            r"References:\n\s+- (.*?),?\s+(https\S+)", documentation, re.DOTALL
        )
        citation = " ".join(paper.group(1).split())
        settings = dict.fromkeys(
            setting
            for network in NETWORKS
            for setting in settable(name, network)
        )
        typer.echo(
            f"{name:8} {summary}\n{'':8} {citation}, {paper.group(2)}\n"
            f"{'':8} --set: {', '.join(settings)}"
        )
