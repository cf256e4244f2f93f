"""`kerasgen datasets`: what can be trained on."""

import typer

from kerasgen.cli.quiet import load_tensorflow


def datasets():
    """List well-known data sets, and which are on this machine.

    Any other image data set of tensorflow_datasets works by its name, and any
    folder of images by its path.
    """
    load_tensorflow()
    from kerasgen import data

    for name, about in data.names().items():
        here = "here" if data.is_here(name) else "download"
        typer.echo(f"{name:18} {here:9} {about}")
    typer.echo(
        f"\nDownloads are kept in {data.data_dir()} (set TFDS_DATA_DIR to "
        "change it)."
    )
