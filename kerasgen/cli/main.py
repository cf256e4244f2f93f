"""The commands together, and how their errors are shown."""

import os
import sys
import warnings
from typing import Annotated

import typer

from kerasgen.cli.anomalies import anomalies
from kerasgen.cli.check_export import check_export
from kerasgen.cli.cluster import cluster
from kerasgen.cli.compare import compare
from kerasgen.cli.datasets import datasets
from kerasgen.cli.embed import embed
from kerasgen.cli.evaluate import evaluate
from kerasgen.cli.export import export
from kerasgen.cli.generate import generate
from kerasgen.cli.inpaint import inpaint
from kerasgen.cli.interpolate import interpolate
from kerasgen.cli.launch import launch
from kerasgen.cli.models import models
from kerasgen.cli.playground import playground
from kerasgen.cli.push import push
from kerasgen.cli.reconstruct import reconstruct
from kerasgen.cli.train import train
from kerasgen.cli.translate import translate
from kerasgen.utils.progress import wants_color
from kerasgen.version import __version__

app = typer.Typer(
    invoke_without_command=True,
    help="Train, sample and export generative models.\n\n"
    "Start with `kerasgen train vae`: no download, a minute or two.",
    epilog="Set KERASGEN_TRACEBACK=1 to see where in the code an error arose.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
)
for command in (
    train,
    launch,
    generate,
    reconstruct,
    translate,
    evaluate,
    compare,
    embed,
    cluster,
    anomalies,
    inpaint,
    interpolate,
    export,
    check_export,
    playground,
    push,
    models,
    datasets,
):
    app.command()(command)


@app.callback()
def version(
    show: Annotated[
        bool,
        typer.Option("--version", is_eager=True, help="Show the version."),
    ] = False,
):
    if show:
        typer.echo(f"kerasgen {__version__}")
        raise typer.Exit


def main():
    """Runs the command line; errors and warnings become one line."""
    warnings.formatwarning = lambda message, *_, **__: f"Warning: {message}\n"
    try:
        app()
    except (ValueError, RuntimeError, OSError, ImportError) as error:
        if os.environ.get("KERASGEN_TRACEBACK"):
            raise
        color = "red" if wants_color() else None
        typer.secho(f"Error: {error}", fg=color, err=True)
        sys.exit(1)
