"""`kerasgen embed`: what a model has learned, as a map."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.choices import EmbeddingMethod
from kerasgen.cli.quiet import load_tensorflow
from kerasgen.utils.neighbour_map import check_umap

# As many have ten neighbours and more than ten others.
MIN_IMAGES = 22


def embed(
    run: Annotated[
        pathlib.Path,
        typer.Argument(help="Folder of a finished run, or a .keras file."),
    ],
    method: Annotated[
        EmbeddingMethod, typer.Option(help="How latents become a plane.")
    ] = EmbeddingMethod.tsne,
    dataset: Annotated[
        str | None,
        typer.Option(help="A name or a folder of images [the run's own]."),
    ] = None,
    split: Annotated[str, typer.Option(help="Which part of the data.")] = (
        "test"
    ),
    num_images: Annotated[int, typer.Option(help="How many images.")] = 5000,
    seed: Annotated[int, typer.Option(help="Of the map.")] = 0,
    out: Annotated[
        pathlib.Path, typer.Option(help="The picture to write.")
    ] = pathlib.Path("map.png"),
):
    """Draw a map of images by their latents.

    Images that a model takes for alike are near each other. Beside the picture
    stands a .json of scores: how well neighbours on the map agree with
    neighbours among latents, and with classes, where there are some.

    Example:

        kerasgen embed runs/vae_digits --method tsne --out map.png
    """
    check_picture(out)
    if method == EmbeddingMethod.umap:
        check_umap()
    load_tensorflow()
    import sklearn.manifold

    from kerasgen import plotting
    from kerasgen import tasks
    from kerasgen.cli.run_folder import load_trained
    from kerasgen.cli.run_images import images_of_run
    from kerasgen.utils import files

    model = load_trained(run)
    images, labels = images_of_run(
        run, model, split, dataset, num_images=num_images, seed=seed
    )
    if len(images) < MIN_IMAGES:
        raise ValueError(
            f"A map needs at least {MIN_IMAGES} images. Received: "
            f"{len(images)}. Raise `--num-images`."
        )
    latents = tasks.LatentFeatures(model).fit(images).transform(images)
    typer.echo(f"{method.value} of {latents.shape[0]} images ...")
    points = tasks.embedding(latents, method.value, seed)
    scores = {
        "method": method.value,
        "num_images": len(images),
        "num_latents": latents.shape[1],
        "trustworthiness": float(
            sklearn.manifold.trustworthiness(latents, points, n_neighbors=10)
        ),
    }
    if labels is not None:
        scores["neighbour_accuracy"] = tasks.neighbour_accuracy(points, labels)
    title = f"{type(model).__name__}, {method.value} of {len(images)} images"
    ax = plotting.latent_map(points, labels, images, title=title)
    plotting.save(ax, out)
    files.write_json(out.with_suffix(".json"), scores)
    tell(scores, out)


def check_picture(out):
    """Raises unless a path is that of a PNG."""
    if out.suffix != ".png":
        raise ValueError(f"Argument `--out` must end in .png. Received: {out}.")


def tell(scores, out):
    """Prints scores, and where the picture and they are."""
    for name, value in scores.items():
        if isinstance(value, float):
            typer.echo(f"  {name.replace('_', ' ')}: {value:.4f}")
    typer.echo(f"The picture is {out}, its scores {out.with_suffix('.json')}")
