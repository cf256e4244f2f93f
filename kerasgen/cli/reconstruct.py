"""`kerasgen reconstruct`: real images beside what the model makes of them."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.generate import RUN_HELP
from kerasgen.cli.quiet import load_tensorflow

_COLUMNS = 8


def reconstruct(
    run: Annotated[pathlib.Path, typer.Argument(help=RUN_HELP)],
    dataset: Annotated[
        str | None,
        typer.Option(help="A name or a folder of images [the run's own]."),
    ] = None,
    split: Annotated[str, typer.Option(help="Which part of the data.")] = (
        "test"
    ),
    num_samples: Annotated[int, typer.Option(help="How many images.")] = 32,
    seed: Annotated[int, typer.Option(help="Decides which images.")] = 0,
    out: Annotated[
        pathlib.Path, typer.Option(help="The picture to write.")
    ] = pathlib.Path("reconstructions.png"),
):
    """Encode held-out images and decode them again.

    The picture has rows of real images, each above its reconstructions.

    Example:

        kerasgen reconstruct runs/vae_digits --out reconstructions.png
    """
    if out.suffix != ".png":
        raise ValueError(f"Argument `--out` must end in .png. Received: {out}.")
    load_tensorflow()
    import numpy as np

    from kerasgen import data
    from kerasgen.cli.run_folder import RunFolder
    from kerasgen.cli.run_folder import load_trained
    from kerasgen.utils import files
    from kerasgen.utils.images import save_image_grid

    model = load_trained(run)
    config = RunFolder(run).config
    if dataset is None:
        if not config.exists():
            raise ValueError(
                "Argument `--dataset` must be given where RUN is no run "
                f"folder. Received: {run}."
            )
        dataset = files.read_json(config)["settings"]["dataset"]
    images, labels = data.load_arrays(dataset, split, model.data_shape[:2])
    chosen = np.random.default_rng(seed).permutation(len(images))[:num_samples]
    real = images[chosen]
    chosen_labels = None
    if model.num_classes is not None:
        if labels is None:
            raise ValueError(
                "Argument `--dataset` must have classes, as the model "
                f"reconstructs images of a known class. Received: {dataset}, "
                "which has none. Sort the images into a folder a class."
            )
        chosen_labels = labels[chosen]
    again = model.reconstruct(real, labels=chosen_labels)
    rows = []
    for start in range(0, len(real), _COLUMNS):
        rows += [real[start : start + _COLUMNS]]
        rows += [again[start : start + _COLUMNS]]
    save_image_grid(out, _as_grid_order(rows), _COLUMNS)
    error = float(np.mean((real - again) ** 2))
    typer.echo(
        f"{len(real)} images above their reconstructions are in {out}; mean "
        f"squared error {error:.4f}"
    )


def _as_grid_order(rows):
    """Rows one after the other; a short one is filled up with white."""
    import numpy as np

    filled = [
        np.pad(
            row,
            ((0, _COLUMNS - len(row)), (0, 0), (0, 0), (0, 0)),
            constant_values=1,
        )
        for row in rows
    ]
    return np.concatenate(filled)
