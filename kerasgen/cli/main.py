"""The commands together, and how their errors are shown."""

import os
import sys

import typer

from kerasgen.cli.datasets import datasets
from kerasgen.cli.export import export
from kerasgen.cli.generate import generate
from kerasgen.cli.models import models
from kerasgen.cli.reconstruct import reconstruct
from kerasgen.cli.train import train

app = typer.Typer(
    help="Train, sample and export generative models.\n\n"
    "Start with `kerasgen train vae`: it needs no download and takes a minute.",
    epilog="Set KERASGEN_TRACEBACK=1 to see where in the code an error arose.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
)
for command in (train, generate, reconstruct, export, models, datasets):
    app.command()(command)


def main():
    """Runs the command line; errors of input become one line."""
    try:
        app()
    except (ValueError, RuntimeError, OSError) as error:
        if os.environ.get("KERASGEN_TRACEBACK"):
            raise
        typer.secho(f"Error: {error}", fg="red", err=True)
        sys.exit(1)
