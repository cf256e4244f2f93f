"""`kerasgen translate`: images of one domain -> images of the other."""

import collections
import pathlib
from typing import Annotated

import typer

from kerasgen.cli.choices import Domain
from kerasgen.cli.options import Run
from kerasgen.cli.options import find_run
from kerasgen.cli.run_folder import RunFolder
from kerasgen.cli.tensorflow_import import load_tensorflow
from kerasgen.utils import dataset_names
from kerasgen.utils import files

_COLUMNS = 8
# Images of a data set, where nobody says how many.
_NUM_IMAGES = 64
# In a picture.
_MOST = 64


def translate(
    run: Run,
    images: Annotated[
        str | None,
        typer.Option(
            help="A folder, all of whose images are translated; or an .npz "
            "file or a name [the run's own; of --degrade, those made worse]."
        ),
    ] = None,
    to: Annotated[
        Domain, typer.Option(help="The domain to translate into.")
    ] = Domain.target,
    split: Annotated[
        str | None,
        typer.Option(
            help="Which part of the data [test; all of a folder of --images]."
        ),
    ] = None,
    num_images: Annotated[
        int | None,
        typer.Option(min=1, help="How many [all of a folder, else 64]."),
    ] = None,
    out: Annotated[
        pathlib.Path, typer.Option(help="The folder for all that is written.")
    ] = pathlib.Path("translations"),
):
    """Translate images with a model between two domains.

    The folder gets each translation, under `images/`; `translations.png`, with
    rows of images above their translations and, of models with a way back,
    what becomes of these on it; and `scores.json`: how far that is from the
    images and, where they have labels and the run's other domain has, the share
    of translations that a classifier of that domain puts in the same class; the
    classifier is trained on first use, and kept.

    Examples:

        kerasgen translate runs/cyclegan_summer_to_winter --images photos/

        kerasgen translate runs/cyclegan_mnist_to_usps --to source
    """
    run = find_run(run, images)
    load_tensorflow()
    from kerasgen.callbacks.translation_grid import translations
    from kerasgen.cli.run_folder import load_trained
    from kerasgen.utils.images import in_rows
    from kerasgen.utils.images import save_image_grid

    model = load_trained(run)
    start, end = ("source", "target")[:: 1 if to == Domain.target else -1]
    if not model.can(f"to_{end}"):
        raise ValueError(
            f"Argument `RUN` must be of a model that translates to the {end}. "
            f"Received: {type(model).__name__}, which can be asked for "
            f"{', '.join(model.endpoints())}."
        )
    record = RunFolder(run).record()
    settings = {} if record is None else record["settings"]
    is_given_folder = images is not None and dataset_names.is_folder(images)
    split = split or ("all" if is_given_folder else "test")
    if images is None:
        loaded = _own(run, settings, model, split, end)
        values, labels, names, dataset = loaded
        images = settings["dataset"]
    else:
        values, labels, names = _load(images, split, model.columns[start])
        dataset = images
    if num_images is None and not dataset_names.is_folder(dataset):
        num_images = _NUM_IMAGES
    values, names = values[:num_images], names[:num_images]
    groups = translations(model, values, end)
    for name, image in zip(names, groups[1]):
        file = out / "images" / f"{name}.png"
        save_image_grid(file, image[None], min_pixels=0)
    columns = min(_COLUMNS, len(values))
    picture = in_rows([group[:_MOST] for group in groups], columns)
    save_image_grid(out / "translations.png", picture, columns)
    labels = None if labels is None else labels[:num_images]
    other = settings.get(end)
    scores = _scores(groups, _labels_in(other, dataset, labels), other)
    about = {"run": str(run), "images": str(images), "split": split, "to": end}
    files.write_json(out / "scores.json", {**about, **scores})
    for name, value in scores.items():
        typer.echo(f"  {name.replace('_', ' ')}: {value:.4g}")
    typer.echo(
        f"{len(values)} translations are in {out / 'images'}; the picture is "
        f"{out / 'translations.png'}"
    )


def _own(run, settings, model, split, end):
    """What a run was trained on, as `_load` has it, and whose classes it has.

    Labels of images that were made worse are those of what they were.
    """
    from kerasgen import data
    from kerasgen.cli.run_images import check_part
    from kerasgen.cli.run_images import domains_of_run

    if not settings:
        raise ValueError(
            "Argument `--images` must be given where RUN is no run folder. "
            f"Received: {run}."
        )
    source, target = settings.get("source"), settings.get("target")
    start, name = ("source", source) if end == "target" else ("target", target)
    if None not in (source, target):
        check_part(split, data.splits(name), f"{name} has")
        return *_load(name, split, model.columns[start]), name
    values, *_ = domains_of_run(run, model, split, end)
    labels = None
    if target is not None:
        kind = model.columns["target"]
        size = kind.height, kind.width
        _, labels = data.load_arrays(target, split, size)
    return values, labels, _numbered(values), target or source


def _load(images, split, kind):
    """Images of a domain's shape, labels or `None`, and names for files."""
    from kerasgen import data
    from kerasgen.data.folders import Selection

    size = kind.height, kind.width
    if not dataset_names.is_folder(images):
        values, labels = data.load_arrays(images, split, size)
        return _with_channels(values, kind), labels, _numbered(values)
    channels = kind.channels if kind.channels in (1, 3) else None
    selected = Selection(images, size, split, labels=None, channels=channels)
    values = selected.read_all().astype("float32") / 255
    return values, selected.labels, _file_names(selected)


def _with_channels(values, kind):
    """Images in colour as grey ones, or the other way, as of a folder."""
    import tensorflow as tf

    if (values.shape[-1], kind.channels) == (3, 1):
        return tf.image.rgb_to_grayscale(values).numpy()
    if (values.shape[-1], kind.channels) == (1, 3):
        return values.repeat(3, axis=-1)
    return values


def _numbered(values):
    return [f"{number:05d}" for number in range(len(values))]


def _file_names(selected):
    """Names without endings, but where two files would have one."""
    names = selected.relative_names
    counts = collections.Counter(names)
    return [
        name + pathlib.Path(file).suffix if counts[name] > 1 else name
        for name, file in zip(names, selected.files)
    ]


def _labels_in(other, images, labels):
    """Labels of images as the other domain has them; `None` if it has not.

    Names of classes are held against each other; data without names have equal
    classes if there are as many.
    """
    import numpy as np

    from kerasgen import data

    if labels is None or other is None or not data.has_classes(other):
        return None
    own, others = data.class_names(images), data.class_names(other)
    if own and others:
        if not set(own) <= set(others):
            return None
        return np.array([others.index(name) for name in own])[labels]
    as_many = data.num_classes(images) == data.num_classes(other)
    return labels if as_many else None


def _scores(groups, labels, other):
    import numpy as np

    from kerasgen.metrics import classifier_network

    images, translated, *cycles = groups
    scores = {"num_images": len(images)}
    if cycles:
        error = np.abs(cycles[0] - images).mean()
        scores["absolute_error_of_cycles"] = float(error)
    if labels is not None:
        classifier = classifier_network(other, translated.shape[1:3])
        found = classifier.predict(translated, batch_size=500, verbose=0)
        kept = found.argmax(axis=1) == labels
        scores["share_of_the_same_class"] = float(kept.mean())
    return scores
