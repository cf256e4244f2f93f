"""`kerasgen launch`: several workers of a command on this machine."""

import sys
from typing import Annotated

import typer


def launch(
    command: Annotated[
        list[str],
        typer.Argument(
            help="After `--`: a command of kerasgen and its options.",
            metavar="COMMAND",
        ),
    ],
    workers: Annotated[
        int, typer.Option(help="Processes that share the work.")
    ] = 2,
):
    """Run a command in several processes that train one model together.

    Each gets a TF_CONFIG that names all of them, as machines of a cluster get
    it from Kubernetes (TFJob) or from you; `train` gets it. They
    share the cores of this machine: this is for trying out what will run on
    several. On a cluster, run `kerasgen train --strategy multiworker` on each
    machine instead, with a --run-dir that all of them can read.

    If one process dies, all are stopped; the same command with `--resume`
    goes on from the last checkpoint.

    Example:

        kerasgen launch --workers 2 -- train vae --dataset mnist
    """
    from kerasgen.cli import local_workers
    from kerasgen.utils.arguments import check_positive_integer

    check_positive_integer("--workers", workers)
    given = {word.split("=")[0] for word in command}
    if command[0] == "train" and "--strategy" not in given:
        command = [*command, "--strategy", "multiworker"]
    words = [sys.executable, "-m", "kerasgen", *command]
    raise typer.Exit(local_workers.run(words, workers))
