"""Arguments that several commands have."""

import pathlib
from typing import Annotated

import typer

from kerasgen.loading import check_there
from kerasgen.utils import dataset_names
from kerasgen.utils import hub

# As many have ten neighbours and more than ten others, as scores of maps and
# clusters by density need.
MIN_IMAGES = 22

Run = Annotated[
    pathlib.Path,
    typer.Argument(
        help="Folder of a finished run, a .keras file, a saved model's name, "
        "or hf://owner/name of the hub."
    ),
]
Dataset = Annotated[
    str | None,
    typer.Option(help="A name or a folder of images [the run's own]."),
]
Split = Annotated[str, typer.Option(help="Which part of the data.")]
Picture = Annotated[pathlib.Path, typer.Option(help="The picture to write.")]


def find_run(run, dataset=None):
    """Where a run is; raises for one, or a data set, that is not there.

    It is done before TensorFlow is loaded, which takes seconds.

    Args:
        run: `pathlib.Path`. What the user has said.
        dataset: str or `None`, likewise.

    Returns:
        `pathlib.Path`: `run`, or of an address of the hub the folder that it
        is downloaded to.
    """
    if dataset is not None:
        dataset_names.check_known(dataset)
    if hub.is_address(run):
        return hub.local(run)
    check_there(run)
    return run
