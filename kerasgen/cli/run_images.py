"""Images of the data that a run was trained on."""

from kerasgen.cli.options import MIN_IMAGES
from kerasgen.cli.run_folder import RunFolder
from kerasgen.cli.run_folder import load_trained
from kerasgen.utils.domains import other_domain

# Pairs that are read at a time.
_BATCH_SIZE = 500


def images_of_run(run, model, split, dataset=None, num_images=None, seed=0):
    """Images, and labels where the data set has classes.

    Args:
        run: `pathlib.Path` of a run folder or of a `.keras` file.
        model: `GenerativeModel` of the run.
        split: str.
        dataset: str or None for the run's own.
        num_images: int or None for all; else so many are drawn.
        seed: int. Decides which images.

    Returns:
        (images, labels), the latter None where there are no classes.

    Raises:
        ValueError: if there is no data set to be known, or one without classes
            for a model that needs them.
    """
    import numpy as np

    from kerasgen import data

    if dataset is None:
        dataset = dataset_of_run(run)
    images, labels = data.load_arrays(dataset, split, image_size(model))
    if model.trains_on_labels and labels is None:
        raise ValueError(
            "Argument `--dataset` must have classes, as the model looks at "
            f"images of a known class. Received: {dataset}, which has none. "
            "Sort the images into a folder a class."
        )
    if num_images is not None:
        indices = np.random.default_rng(seed).permutation(len(images))
        indices = indices[:num_images]
        images = images[indices]
        labels = None if labels is None else labels[indices]
    return images, labels


def image_size(model):
    """Height and width of the images of a model; raises where it has others."""
    from kerasgen.tasks.requirements import check_of_images

    check_of_images(model, "RUN")
    return model.kind.height, model.kind.width


def dataset_of_run(run):
    """The name or folder of the data that a run was trained on."""
    record = RunFolder(run).record()
    if record is None:
        raise ValueError(
            "Argument `--dataset` must be given where RUN is no run folder. "
            f"Received: {run}."
        )
    return record["settings"]["dataset"]


def domains_of_run(run, model, split, to="target"):
    """Images of a run between two domains.

    Args:
        run: `pathlib.Path` of a run folder.
        model: the model of the run.
        split: str. The part of the data.
        to: `"target"` or `"source"`, the domain to translate into.

    Returns:
        (images to translate, images that are their partners or `None`, name of
        the data of the domain that they are translated into, or `None` where it
        has none: of an `.npz` file of pairs, or of images that were made
        worse).
    """
    import numpy as np

    from kerasgen import data
    from kerasgen.cli.domains import Domains
    from kerasgen.data.pairs import splits_of_pairs

    domains = Domains.of_settings(RunFolder(run).record()["settings"])
    both = splits_of_pairs(domains.source, domains.target)
    check_part(split, both, "both domains have")
    start = other_domain(to)
    if not (model.is_paired or domains.is_in_pairs):
        kind = model.columns[start]
        size = kind.height, kind.width
        images, _ = data.load_arrays(getattr(domains, start), split, size)
        return images, None, getattr(domains, to)
    pairs = data.load_pairs(
        **domains.data_options() | {"paired": True},
        split=split,
        batch_size=_BATCH_SIZE,
        shuffle=False,
        # Not that of the run: others are measured on the same images.
        seed=0,
    )
    batches = zip(*pairs.as_numpy_iterator())
    columns = (np.concatenate(column) for column in batches)
    columns = dict(zip(("source", "target"), columns))
    # The source of a file of pairs is that of both.
    name = None if domains.target is None else getattr(domains, to)
    return columns[start], columns[to], name


def check_part(split, found, whose):
    """Raises for a part that is not there, and says which there are.

    Args:
        split: str.
        found: list of str, the parts that there are.
        whose: str. Who has them, such as `"both domains have"`.
    """
    if split in ("train", "test") and split not in found:
        raise ValueError(
            f"Option `--split` must be one of {', '.join(found)}, the parts "
            f"that {whose}. Received: {split}. Without images that "
            "were held out, --split train tells how well the model knows its "
            "own."
        )


def load_without_classes(run):
    """The trained model of a run; raises where it needs classes."""
    model = load_trained(run)
    from kerasgen.tasks.requirements import check_without_classes

    check_without_classes(model, "RUN")
    return model


def check_number(images, dataset):
    """Raises for fewer images than a map or clusters need."""
    if len(images) < MIN_IMAGES:
        raise ValueError(
            f"Argument `--dataset` must have at least {MIN_IMAGES} images. "
            f"Received: {dataset}, which has {len(images)}. Add some."
        )


def labels_for(model, labels):
    """Labels as an argument, for models that take them."""
    return {"labels": labels} if model.trains_on_labels else {}
