"""`kerasgen inpaint`: images with a hole, completed."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.choices import InpaintingMethod
from kerasgen.cli.choices import Mask
from kerasgen.cli.options import Dataset
from kerasgen.cli.options import Picture
from kerasgen.cli.options import Run
from kerasgen.cli.options import Split
from kerasgen.cli.options import find_run
from kerasgen.cli.pictures import check_picture
from kerasgen.cli.pictures import write_scores
from kerasgen.cli.tensorflow_import import load_tensorflow
from kerasgen.utils.progress import show_progress


def inpaint(
    run: Run,
    mask: Annotated[
        Mask,
        typer.Option(
            help="What is missing: the middle, the left half, or a random "
            "third of the pixels."
        ),
    ] = Mask.left,
    method: Annotated[
        InpaintingMethod | None,
        typer.Option(
            help="search: latents whose image agrees with what is known; "
            "sampling: encode, decode, put known pixels back, and again; "
            "flow: draw what is missing from noise, which flows do, and no "
            "others. Defaults to flow for flows, and else to search."
        ),
    ] = None,
    dataset: Dataset = None,
    split: Split = "test",
    num_images: Annotated[
        int, typer.Option(min=1, help="How many images.")
    ] = 16,
    seed: Annotated[int, typer.Option(help="Of images, mask and method.")] = 0,
    out: Picture = pathlib.Path("inpainting.png"),
):
    """Complete images of which a part is missing.

    The picture has originals, what the model was shown of them (missing pixels
    grey), and its completions, below each other; the .json beside it the mean
    squared error of missing pixels, of the completion and of a plain grey.

    Example:

        kerasgen inpaint runs/vae_digits --mask left
    """
    check_picture(out)
    run = find_run(run, dataset)
    load_tensorflow()
    import numpy as np

    from kerasgen import plotting
    from kerasgen import tasks
    from kerasgen.cli.run_folder import load_trained
    from kerasgen.cli.run_images import dataset_of_run
    from kerasgen.cli.run_images import images_of_run
    from kerasgen.cli.run_images import labels_for
    from kerasgen.tasks.inpainting import default_method

    model = load_trained(run)
    method = method or InpaintingMethod(default_method(model))
    dataset = dataset or dataset_of_run(run)
    images, labels = images_of_run(
        run, model, split, dataset, num_images=num_images, seed=seed
    )
    known = tasks.mask(mask.value, images.shape, seed)
    completed = tasks.inpaint(
        model,
        images,
        known,
        method=method.value,
        seed=seed,
        progress=show_progress,
        **labels_for(model, labels),
    )
    missing = ~np.broadcast_to(known, images.shape[:3]).astype(bool)
    mean = images.mean()
    scores = {
        "mask": mask.value,
        "method": method.value,
        "num_images": len(images),
        "squared_error": float(np.square(images - completed)[missing].mean()),
        "squared_error_of_grey": float(
            np.square(images - mean)[missing].mean()
        ),
    }
    plotting.save(plotting.inpainting(images, known, completed), out)
    write_scores(scores, out, run, dataset, split, seed)
