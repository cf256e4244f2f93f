"""`kerasgen interpolate`: ways from one image to another."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.choices import DirectionsMethod
from kerasgen.cli.choices import InterpolationMethod
from kerasgen.cli.options import Picture
from kerasgen.cli.options import Run
from kerasgen.cli.options import find_run
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
    directions: Annotated[
        DirectionsMethod | None,
        typer.Option(
            help="Go from one image along the directions that change images "
            "most instead, by the first layer's weights or by principal "
            "components."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides the ends.")] = 0,
    out: Picture = pathlib.Path("interpolation.png"),
):
    """Draw what lies between images, by a model's latents.

    Each row goes from one image, left, to another, right. The .json beside the
    picture has the mean distance between neighbours and between ends: smooth
    ways have steps that add up to little more than the distance of the ends.
    With --directions, each row is one image, moved along another direction; the
    .json has the directions' strengths.

    Examples:

        kerasgen interpolate runs/vae_digits

        kerasgen interpolate runs/gan_digits --directions sefa
    """
    check_picture(out)
    run = find_run(run, dataset)
    load_tensorflow()
    from kerasgen.cli.run_folder import load_trained
    from kerasgen.tasks.requirements import check_continuous
    from kerasgen.tasks.requirements import check_of_images

    model = load_trained(run)
    check_of_images(model, "RUN")
    split = None if dataset is None else "test"
    if directions is not None:
        if dataset is not None:
            raise ValueError(
                "Argument `--dataset` must be left out with `--directions`, "
                f"which start from a draw. Received: {dataset}."
            )
        axes, scores = _along(
            model, directions.value, num_rows, num_steps, seed
        )
    else:
        check_continuous(model)
        axes, scores = _between(
            run, model, dataset, num_rows, num_steps, method.value, seed
        )
    from kerasgen import plotting

    plotting.save(axes, out)
    write_scores(scores, out, run, dataset, split, seed)


def _between(run, model, dataset, num_rows, num_steps, method, seed):
    """A row a way; axes, and scores of them."""
    import numpy as np

    from kerasgen import plotting
    from kerasgen import tasks

    ends, of_class = _ends(run, model, dataset, num_rows, seed)
    rows = tasks.interpolate(model, *ends, num_steps, method, **of_class)
    flat = rows.reshape(*rows.shape[:2], -1)
    steps = np.linalg.norm(np.diff(flat, axis=1), axis=2)
    return plotting.interpolations(rows), {
        "method": method,
        "num_rows": num_rows,
        "num_steps": num_steps,
        "distance_of_steps": float(steps.mean()),
        "distance_of_ends": float(
            np.linalg.norm(flat[:, 0] - flat[:, -1], axis=1).mean()
        ),
    }


def _along(model, method, num_rows, num_steps, seed):
    """A row a direction; axes, and scores of them."""
    import numpy as np

    from kerasgen import plotting
    from kerasgen import tasks
    from kerasgen.tasks import latent_space

    directions, strengths = tasks.latent_directions(
        model, method, num_rows, seed=seed
    )
    start = latent_space.drawn_latents(model, 1, seed)
    (rows,) = tasks.traverse(
        model, start, num_steps=num_steps, directions=directions
    )
    names = [f"D{number}" for number in range(len(rows))]
    flat = rows.reshape(*rows.shape[:2], -1)
    steps = np.linalg.norm(np.diff(flat, axis=1), axis=2)
    return plotting.traversals(rows, names), {
        "directions": method,
        "num_rows": len(rows),
        "num_steps": num_steps,
        "strengths": strengths.tolist(),
        "distance_of_steps": float(steps.mean()),
    }


def _ends(run, model, dataset, num_rows, seed):
    """Where ways begin and end, and their classes as an argument."""
    import numpy as np

    from kerasgen.cli.run_images import images_of_run
    from kerasgen.tasks import latent_space
    from kerasgen.tasks.requirements import has_vectors

    if dataset is not None:
        images, labels = images_of_run(run, model, "test", dataset)
        of_model = labels if model.trains_on_labels else None
        pairs = _pairs(of_model, len(images), num_rows, seed)
        ends = images[pairs[:, 0]], images[pairs[:, 1]]
        if of_model is None:
            return ends, {}
        return ends, {"labels": labels[pairs[:, 0]]}
    if has_vectors(model):
        drawn = latent_space.drawn_latents(model, 2 * num_rows, seed)
        return (drawn[:num_rows], drawn[num_rows:]), {}
    # Of latents that look like images, it is these that tasks take.
    of_class = {}
    if model.trains_on_labels:
        of_class = {"labels": np.arange(num_rows) % model.num_classes}
    both = {name: np.tile(rows, 2) for name, rows in of_class.items()}
    drawn = model.generate(2 * num_rows, seed=seed, **both)
    return (drawn[:num_rows], drawn[num_rows:]), of_class


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
