"""The page of the command line, made of its own help."""

import re

import typer
from typer.cli import get_docs_for_click

from kerasgen.cli.main import app

# Their first words, cut off; the page's table of contents has all of them.
_LIST_OF_COMMANDS = re.compile(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n")


def pages():
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="kerasgen")
    text = get_docs_for_click(obj=command, ctx=context, name="kerasgen")
    text = _LIST_OF_COMMANDS.sub("", text)
    _, text = text.split("\n", 1)  # The program's name as the title.
    return {"reference/command-line.md": f"# Command line\n{text}"}
