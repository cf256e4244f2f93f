"""`kerasgen generate`: a trained model -> new images."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.options import Run


def generate(
    run: Run,
    num_samples: Annotated[int, typer.Option(help="How many images.")] = 64,
    seed: Annotated[
        int, typer.Option(help="Image i is decided by (seed, i).")
    ] = 0,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Classes to draw one after the other, such as 0,1,2, where "
            "the model has classes [all of them]."
        ),
    ] = None,
    label: Annotated[
        int | None, typer.Option(help="The one class to draw, such as 7.")
    ] = None,
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

        kerasgen generate runs/conditional_gan_mnist --label 7
    """
    import numpy as np

    from kerasgen.cli.run_folder import load_trained
    from kerasgen.utils import files
    from kerasgen.utils.images import save_image_grid

    if out.suffix not in (".png", ".npy"):
        raise ValueError(
            f"Argument `--out` must end in .png or .npy. Received: {out}."
        )
    classes = _classes(labels, label, num_samples)
    model = load_trained(run)
    images = model.generate(num_samples, seed, labels=classes)
    if out.suffix == ".npy":
        with files.atomic_path(out) as scratch:
            np.save(scratch, images)
    else:
        save_image_grid(out, images)
    typer.echo(f"{num_samples} images are in {out}")


def _classes(labels, label, num_samples):
    """One class an image, or `None` for the model's own choice."""
    if labels is None:
        return label
    if label is not None:
        raise ValueError(
            "Arguments `--labels` and `--label` must not be given together. "
            "Received: both. Choose one."
        )
    try:
        classes = [int(word) for word in labels.split(",")]
    except ValueError as error:
        raise ValueError(
            "Argument `--labels` must be integers with commas between them, "
            f"such as 0,1,2. Received: {labels}."
        ) from error
    return [classes[i % len(classes)] for i in range(num_samples)]
