"""`kerasgen check-export`: can this SavedModel be served, this file be run?"""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.exports import find_export
from kerasgen.cli.tensorflow_import import load_tensorflow


def check_export(
    source: Annotated[
        pathlib.Path,
        typer.Argument(
            metavar="EXPORT",
            help="Folder of a version, or of several: then the newest is "
            "checked. Or of a finished run, a saved model's name, or "
            "hf://owner/name of the hub. Or a .onnx, .xml (OpenVINO's) or "
            ".tflite file.",
        ),
    ],
    timeout: Annotated[
        float,
        typer.Option(
            min=1,
            help="Seconds that the graph may run: for the warm-up requests, "
            "and again for the recorded answers.",
        ),
    ] = 300,
):
    """Check a SavedModel before a server finds its faults.

    A table says of each rule whether it holds: names, shapes and types of the
    signatures, operations, weights, warm-up requests; and the answers that
    Keras gave at export are asked for again, in a process without Keras or
    TensorFlow's Python. The exit code is 1 if there is a fault.

    SavedModels that other programs wrote can be checked too. All operations
    are looked at before anything is run, and a graph that reads or writes
    files, runs Python, talks to other machines or has operations that
    TensorFlow has not is not run.

    Files for other runtimes are run there: on the examples that `kerasgen
    export` left in them, whose answers are compared with Keras's.

    Example:

        kerasgen check-export exports/vae_digits

        kerasgen check-export vae_digits.onnx

        kerasgen check-export vae_mnist
    """
    from kerasgen.serving.formats import formats

    is_file = formats.by_path(source) is not None and source.is_file()
    checked = source if is_file else find_export(source)[0]
    load_tensorflow()
    from kerasgen.serving import check
    from kerasgen.serving import check_file

    check_it = check_file if is_file else check.check_export
    findings = check_it(checked, timeout)
    typer.echo(f"{checked}\n{check.table(findings)}")
    faulty = sum(bool(finding.faults) for finding in findings)
    if faulty:
        typer.echo(f"{faulty} of {len(findings)} rules do not hold.")
        raise typer.Exit(1)
