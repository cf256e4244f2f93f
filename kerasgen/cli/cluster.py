"""`kerasgen cluster`: images sorted by what a model has learned."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.choices import ClusteringMethod
from kerasgen.cli.choices import ClusteringSpace
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


def cluster(
    run: Run,
    method: Annotated[
        ClusteringMethod | None,
        typer.Option(
            help="kmeans and gmm find --num-clusters; dbscan and hdbscan find "
            "how many there are, and leave what is between them as noise "
            "[kmeans; for dec, idec and vade the clusters of the model itself]."
        ),
    ] = None,
    space: Annotated[
        ClusteringSpace,
        typer.Option(help="Cluster latents, or a map of them in the plane."),
    ] = ClusteringSpace.latents,
    num_clusters: Annotated[
        int, typer.Option(min=1, help="For kmeans and gmm.")
    ] = 10,
    dataset: Dataset = None,
    split: Split = "test",
    num_images: Annotated[
        int, typer.Option(min=MIN_IMAGES, help="How many images.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(help="Of clusters and map.")] = 0,
    out: Picture = pathlib.Path("clusters.png"),
):
    """Sort images into clusters by their latents.

    The picture shows images of each cluster, a row each, and how clusters agree
    with classes, where there are some; the .json beside it has the scores:
    accuracy under the best matching, normalized mutual information, adjusted
    Rand index, share of noise.

    Examples:

        kerasgen cluster runs/vae_digits --method kmeans

        kerasgen cluster runs/vae_digits --method hdbscan --space tsne
    """
    check_picture(out)
    if space == ClusteringSpace.umap:
        check_umap()
    _check_number_of_clusters(method, num_clusters, num_images)
    run = find_run(run, dataset)
    load_tensorflow()
    import numpy as np

    from kerasgen import metrics
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
    if method is None and model.can("assign"):
        if space != ClusteringSpace.latents:
            raise ValueError(
                f"Argument `--space` must be latents for the clusters of "
                f"{type(model).__name__} itself. Received: {space.value}. Say "
                "a `--method` to cluster a map of its latents."
            )
        used, found = "the model itself", model.call_endpoint("assign", images)
    else:
        used = (method or ClusteringMethod.kmeans).value
        _check_number_of_clusters(used, num_clusters, len(images))
        features = tasks.LatentFeatures(model).fit(images).transform(images)
        if space != ClusteringSpace.latents:
            typer.echo(f"{space.value} of {len(images)} images ...")
            features = tasks.embedding(features, space.value, seed)
        typer.echo(f"{used} of {len(images)} images ...")
        found = tasks.clusters(features, used, num_clusters, seed)
    scores = {
        "method": used,
        "space": space.value,
        "num_images": len(images),
        "num_clusters": len(np.unique(found[found >= 0])),
        "noise": float((found < 0).mean()),
    }
    if labels is not None:
        scores |= metrics.clustering_scores(labels, found)
    _draw(out, images, found, labels)
    typer.echo(f"  clusters: {scores['num_clusters']}")
    write_scores(scores, out, run, dataset, split, seed)


def _check_number_of_clusters(method, num_clusters, num_images):
    if method not in ("dbscan", "hdbscan") and num_clusters > num_images:
        raise ValueError(
            f"Argument `--num-clusters` must be at most {num_images}, the "
            f"number of images. Received: {num_clusters}."
        )


def _draw(out, images, clusters, labels):
    from matplotlib.figure import Figure

    from kerasgen import plotting

    figure = Figure(
        figsize=(8 if labels is None else 14, 6), layout="constrained"
    )
    axes = figure.subplots(1, 1 if labels is None else 2, squeeze=False)[0]
    plotting.cluster_samples(images, clusters, ax=axes[0])
    if labels is not None:
        plotting.cluster_confusion(labels, clusters, ax=axes[1])
    plotting.save(axes[0], out)
