"""`kerasgen interpolate`: ways from one image to another."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.choices import InterpolationMethod
from kerasgen.cli.options import Picture
from kerasgen.cli.options import Run
from kerasgen.cli.options import check_names
from kerasgen.cli.pictures import check_picture
from kerasgen.cli.pictures import write_scores
from kerasgen.cli.tensorflow_import import load_tensorflow


def interpolate(
    run: Run,
    num_rows: Annotated[int, typer.Option(min=1, help="How many ways.")] = 8,
    num_steps: Annotated[
        int, typer.Option(min=2, help="Images on each way, ends included.")
    ] = 12,
    method: Annotated[
        InterpolationMethod,
        typer.Option(help="Along a great circle of latents, or straight."),
    ] = InterpolationMethod.slerp,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="Go between images of this name or folder, instead of "
            "between draws of the model."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides the ends.")] = 0,
    out: Picture = pathlib.Path("interpolation.png"),
):
    """Draw what lies between images, by a model's latents.

    Each row goes from one image, left, to another, right. The .json beside the
    picture has the mean distance between neighbours and between ends: smooth
    ways have steps that add up to little more than the distance of the ends.

    Example:

        kerasgen interpolate runs/vae_digits
    """
    check_picture(out)
    check_names(run, dataset)
    load_tensorflow()
    import numpy as np

    from kerasgen import plotting
    from kerasgen import tasks
    from kerasgen.cli.run_folder import load_trained
    from kerasgen.cli.run_images import images_of_run
    from kerasgen.tasks import latent_space
    from kerasgen.tasks.requirements import check_continuous
    from kerasgen.tasks.requirements import check_of_images
    from kerasgen.tasks.requirements import has_vectors

    model = load_trained(run)
    check_of_images(model, "RUN")
    check_continuous(model)
    of_class = {}
    split = None if dataset is None else "test"
    if dataset is None and not has_vectors(model):
        # Of latents that look like images, it is these that tasks take.
        if model.trains_on_labels:
            of_class = {"labels": np.arange(num_rows) % model.num_classes}
        both = {name: np.tile(rows, 2) for name, rows in of_class.items()}
        drawn = model.generate(2 * num_rows, seed=seed, **both)
        ends = drawn[:num_rows], drawn[num_rows:]
    elif dataset is None:
        drawn = latent_space.drawn_latents(model, 2 * num_rows, seed)
        ends = drawn[:num_rows], drawn[num_rows:]
    else:
        images, labels = images_of_run(run, model, split, dataset)
        pairs = _pairs(
            labels if model.trains_on_labels else None,
            len(images),
            num_rows,
            seed,
        )
        ends = images[pairs[:, 0]], images[pairs[:, 1]]
        if model.trains_on_labels:
            of_class = {"labels": labels[pairs[:, 0]]}
    rows = tasks.interpolate(model, *ends, num_steps, method.value, **of_class)
    flat = rows.reshape(*rows.shape[:2], -1)
    steps = np.linalg.norm(np.diff(flat, axis=1), axis=2)
    scores = {
        "method": method.value,
        "num_rows": num_rows,
        "num_steps": num_steps,
        "distance_of_steps": float(steps.mean()),
        "distance_of_ends": float(
            np.linalg.norm(flat[:, 0] - flat[:, -1], axis=1).mean()
        ),
    }
    plotting.save(plotting.interpolations(rows), out)
    write_scores(scores, out, run, dataset, split, seed)


def _pairs(labels, number, num_rows, seed):
    """Places of pairs of images, of one class each where there are labels."""
    import numpy as np

    generator = np.random.default_rng(seed)
    pairs = []
    for first in generator.permutation(number):
        if len(pairs) == num_rows:
            break
        others = np.arange(number)
        if labels is not None:
            others = np.flatnonzero(labels == labels[first])
        others = others[others != first]
        if len(others):
            pairs.append((first, generator.choice(others)))
    if len(pairs) < num_rows:
        raise ValueError(
            f"Argument `--num-rows` must be at most {len(pairs)}, as there are "
            f"{number} images. Received: {num_rows}."
        )
    return np.array(pairs)
