"""What a run is trained on, by its settings."""

import typer

from kerasgen import data
from kerasgen.data.folders import Selection
from kerasgen.data.pairs import splits_of_pairs
from kerasgen.data.texts import has_text_classes
from kerasgen.metrics import classifier_network
from kerasgen.models import MODELS
from kerasgen.utils.dataset_names import is_npz

# Images of either domain in a picture of translations.
_NUM_EXAMPLES = 32


def load(settings, model=None):
    """The data of a run.

    Args:
        settings: `kerasgen.cli.settings.Settings`.
        model: the model that goes on training, or `None` for a new one. Texts
            are read by its tokenizer, whatever they have become since.

    Returns:
        (training data, test data or `None`), `tf.data.Dataset`s.
    """
    if settings.domains is not None:
        return _load_pairs(settings)
    if settings.is_of_texts:
        return _load_text(settings, model)
    options = {
        "batch_size": settings.batch_size,
        "image_size": settings.image_size,
        "seed": settings.seed,
        "labels": has_labels(settings),
    }
    training_data = data.load(settings.dataset, "train", **options)
    if "test" not in data.splits(settings.dataset):
        return training_data, None
    return training_data, data.load(
        settings.dataset, "test", shuffle=False, **options
    )


def has_labels(settings):
    """Whether the model of a run is trained on labels."""
    if settings.needs_labels:
        return True
    if not settings.may_have_labels:
        return False
    if settings.is_of_texts:
        are_windows = settings.text.get("documents") is False
        return has_text_classes(settings.dataset) and not are_windows
    return data.has_classes(settings.dataset)


def is_of_own(settings):
    """Whether a run is trained on images of the user's own.

    Those of one folder; or of two domains, one of which is a folder or a file.
    """
    if settings.domains is not None:
        names = settings.domains.source, settings.domains.target
        return any(data.is_folder(n) or is_npz(n) for n in names if n)
    return not settings.is_of_texts and data.is_folder(settings.dataset)


def own_images(settings, record=None):
    """The number of images to train on, and their shape.

    A run that is resumed goes on with what it began with: those of its record,
    or nothing where it is older than recipes for folders.

    Args:
        settings: `kerasgen.cli.settings.Settings`.
        record: dict of a run, or `None`.

    Returns:
        (int, (height, width, channels)), or `None`; of two domains, the number
        of the larger one and `None`.
    """
    if record is None and settings.domains is not None:
        # An epoch shows each image of the larger domain once.
        return _number_of_pairs(settings), None
    if record is None:
        folder, size = settings.dataset, settings.image_size
        selected = Selection(folder, size, "train", labels=None)
        return len(selected.files), selected.data_shape
    number = record["settings"].get("num_images")
    shape = record["data_shape"]
    return None if number is None else (number, shape and tuple(shape))


def _number_of_pairs(settings):
    domains = settings.domains
    numbers = [
        len(Selection(name, size, "train", labels=False).files)
        for name, size in (
            (domains.source, domains.source_size),
            (domains.target, domains.target_size),
        )
        if name is not None and data.is_folder(name)
    ]
    if None not in (domains.source, domains.target) and len(numbers) == 2:
        return max(numbers)
    return len(_pairs(settings, "train", 1))


def examples(settings):
    """Images of either domain that pictures are of: test images, if any.

    Returns:
        (source, target), float32 arrays.
    """
    pairs = _pairs(settings, _parts(settings)[-1], _NUM_EXAMPLES)
    return next(pairs.as_numpy_iterator())


def source_classifier(settings, training_data):
    """The classifier by which translations keep classes, or `None`.

    Args:
        settings: `kerasgen.cli.settings.Settings`.
        training_data: `tf.data.Dataset`, as `load` returns it.

    Raises:
        ValueError: if it could not be one.
    """
    if settings.domains is None or not settings.domains.keep_classes:
        return None
    source, target = (each.shape[1:] for each in training_data.element_spec)
    if source != target:
        raise ValueError(
            "`--keep-classes` must be left out where the domains differ in "
            "shape: a classifier of the one could not look at the other. "
            f"Received: {tuple(source)} and {tuple(target)}. Give "
            "`--source-size` and `--target-size`, and data of as many channels."
        )
    name = settings.domains.source
    if not data.has_classes(name):
        raise ValueError(
            "`--keep-classes` must go with a source that has classes. "
            f"Received: --source {name}, which has none. Sort the images into "
            "a folder a class."
        )
    return classifier_network(name, tuple(source[:2]))


def may_keep_classes(settings, model):
    """Whether `--keep-classes` would do something that nobody asked for."""
    return (
        settings.domains is not None
        and not settings.domains.keep_classes
        and settings.domains.source is not None
        and hasattr(type(model), "source_classifier")
        and model.source_shape == model.target_shape
        and data.has_classes(settings.domains.source)
    )


def _load_text(settings, model):
    options = {
        **settings.text,
        "batch_size": settings.batch_size,
        "labels": has_labels(settings),
    }
    if model is not None:
        options["tokenizer"] = model.tokenizer
        options["length"] = model.length
    training_data = data.load_text(
        settings.dataset, seed=settings.seed, **options
    )
    options["tokenizer"] = training_data.tokenizer
    options["length"] = training_data.length
    if not _has_validation_text(settings, training_data):
        typer.echo(f"{settings.dataset} has too little text for validation.")
        return training_data, None
    return training_data, data.load_text(
        settings.dataset, "validation", shuffle=False, **options
    )


def _has_validation_text(settings, training_data):
    documents = settings.text.get("documents")
    held_out = data.read_text(settings.dataset, "validation", documents)
    if isinstance(held_out, list):
        return bool(held_out)
    tokens = training_data.tokenizer.encode(held_out)
    return len(tokens) >= training_data.length


def _load_pairs(settings):
    loaded = [
        _pairs(settings, part, settings.batch_size, part == "train")
        for part in _parts(settings)
    ]
    return (*loaded, None)[:2]


def _pairs(settings, split, batch_size, shuffle=False):
    options = settings.domains.data_options()
    options["paired"] |= MODELS[settings.model].is_paired
    return data.load_pairs(
        **options,
        split=split,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=settings.seed,
    )


def _parts(settings):
    """Training images, and test images where both domains have some."""
    domains = settings.domains
    found = splits_of_pairs(domains.source, domains.target)
    return [part for part in ("train", "test") if part in found]
