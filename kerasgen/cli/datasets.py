"""`kerasgen datasets`: what can be trained on."""

import typer

from kerasgen.utils import dataset_names


def datasets():
    """List well-known data sets, and which are on this machine.

    Any other image data set of tensorflow_datasets works by its name, and any
    folder of images by its path; of texts any file in UTF-8, and any folder of
    .txt files.
    """
    _list(dataset_names.names())
    typer.echo("\nTexts, for models of texts:")
    _list(dataset_names.TEXTS)
    folder = dataset_names.data_dir()
    typer.echo(
        f"\nDownloads are kept in {folder} (set TFDS_DATA_DIR to change it)."
    )


def _list(names):
    for name, about in names.items():
        here = "here" if dataset_names.is_here(name) else "download"
        typer.echo(f"{name:18} {here:9} {about}")
