"""`kerasgen embed`: what a model has learned, as a map."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.choices import EmbeddingMethod
from kerasgen.cli.options import MIN_IMAGES
from kerasgen.cli.options import Dataset
from kerasgen.cli.options import Picture
from kerasgen.cli.options import Run
from kerasgen.cli.options import Split
from kerasgen.cli.options import find_run
from kerasgen.cli.pictures import check_picture
from kerasgen.cli.pictures import write_scores
from kerasgen.cli.tensorflow_import import load_tensorflow
from kerasgen.utils.neighbour_map import check_umap


def embed(
    run: Run,
    method: Annotated[
        EmbeddingMethod, typer.Option(help="How latents become a plane.")
    ] = EmbeddingMethod.tsne,
    dataset: Dataset = None,
    split: Split = "test",
    num_images: Annotated[
        int, typer.Option(min=MIN_IMAGES, help="How many images.")
    ] = 5000,
    seed: Annotated[int, typer.Option(help="Of the map.")] = 0,
    out: Picture = pathlib.Path("map.png"),
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
    run = find_run(run, dataset)
    load_tensorflow()
    import sklearn.manifold

    from kerasgen import plotting
    from kerasgen import tasks
    from kerasgen.cli.run_images import check_number
    from kerasgen.cli.run_images import dataset_of_run
    from kerasgen.cli.run_images import images_of_run
    from kerasgen.cli.run_images import load_without_classes

    model = load_without_classes(run)
    dataset = dataset or dataset_of_run(run)
    images, labels = images_of_run(
        run, model, split, dataset, num_images=num_images, seed=seed
    )
    check_number(images, dataset)
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
    write_scores(scores, out, run, dataset, split, seed)
