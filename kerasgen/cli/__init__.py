"""The command line: `kerasgen COMMAND`."""

from kerasgen.cli.main import main

__all__ = ["main"]
