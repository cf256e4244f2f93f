"""`kerasgen reconstruct`: real images beside what the model makes of them."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.options import Dataset
from kerasgen.cli.options import Picture
from kerasgen.cli.options import Run
from kerasgen.cli.options import Split
from kerasgen.cli.options import find_run
from kerasgen.cli.pictures import check_picture
from kerasgen.cli.tensorflow_import import load_tensorflow

_COLUMNS = 8


def reconstruct(
    run: Run,
    dataset: Dataset = None,
    split: Split = "test",
    num_samples: Annotated[int, typer.Option(help="How many images.")] = 32,
    seed: Annotated[int, typer.Option(help="Decides which images.")] = 0,
    out: Picture = pathlib.Path("reconstructions.png"),
):
    """Encode held-out images and decode them again.

    The picture has rows of real images, each above its reconstructions.

    Example:

        kerasgen reconstruct runs/vae_digits --out reconstructions.png
    """
    check_picture(out)
    run = find_run(run, dataset)
    load_tensorflow()
    import numpy as np

    from kerasgen.cli.run_folder import load_trained
    from kerasgen.cli.run_images import images_of_run
    from kerasgen.cli.run_images import labels_for
    from kerasgen.utils.images import in_rows
    from kerasgen.utils.images import save_image_grid

    model = load_trained(run)
    real, labels = images_of_run(
        run, model, split, dataset, num_images=num_samples, seed=seed
    )
    again = model.reconstruct(real, **labels_for(model, labels))
    save_image_grid(out, in_rows([real, again], _COLUMNS), _COLUMNS)
    error = float(np.mean((real - again) ** 2))
    typer.echo(
        f"{len(real)} images above their reconstructions are in {out}; mean "
        f"squared error {error:.4f}"
    )
