"""Arguments that several commands have."""

import pathlib
from typing import Annotated

import typer

from kerasgen.loading import check_there
from kerasgen.utils import dataset_names

# As many have ten neighbours and more than ten others, as scores of maps and
# clusters by density need.
MIN_IMAGES = 22

Run = Annotated[
    pathlib.Path,
    typer.Argument(
        help="Folder of a finished run, a .keras file, or a saved model's name."
    ),
]
Dataset = Annotated[
    str | None,
    typer.Option(help="A name or a folder of images [the run's own]."),
]
Split = Annotated[str, typer.Option(help="Which part of the data.")]
Picture = Annotated[pathlib.Path, typer.Option(help="The picture to write.")]


def check_names(run, dataset=None):
    """Raises for a run or a data set that is not there.

    It is done before TensorFlow is loaded, which takes seconds.
    """
    check_there(run)
    if dataset is not None:
        dataset_names.check_known(dataset)
