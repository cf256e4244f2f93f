"""`kerasgen generate`: a trained model -> new images."""

import pathlib
from typing import Annotated

import typer

RUN_HELP = "Folder of a finished run, or a .keras file."


def generate(
    run: Annotated[pathlib.Path, typer.Argument(help=RUN_HELP)],
    num_samples: Annotated[int, typer.Option(help="How many images.")] = 64,
    seed: Annotated[
        int, typer.Option(help="Image i is decided by (seed, i).")
    ] = 0,
    out: Annotated[
        pathlib.Path,
        typer.Option(
            help="A picture of all images (.png), or an array of shape (n, "
            "height, width, channels) in [0, 1] (.npy)."
        ),
    ] = pathlib.Path("samples.png"),
):
    """Draw new images with a trained model.

    Example:

        kerasgen generate runs/vae_digits --num-samples 100 --out digits.png
    """
    import numpy as np

    from kerasgen.cli.run_folder import load_trained
    from kerasgen.utils import files
    from kerasgen.utils.images import save_image_grid

    if out.suffix not in (".png", ".npy"):
        raise ValueError(
            f"Argument `--out` must end in .png or .npy. Received: {out}."
        )
    images = load_trained(run).generate(num_samples, seed)
    if out.suffix == ".npy":
        with files.atomic_path(out) as scratch:
            np.save(scratch, images)
    else:
        save_image_grid(out, images)
    typer.echo(f"{num_samples} images are in {out}")
