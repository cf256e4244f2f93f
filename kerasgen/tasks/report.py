"""An evaluation as JSON, Markdown and one HTML page with its pictures."""

import base64
import html
import io

import numpy as np

from kerasgen.callbacks.translation_grid import translations
from kerasgen.models import LatentVariableModel
from kerasgen.tasks import latent_space
from kerasgen.tasks.clustering import embedding
from kerasgen.tasks.measures import MEASURES
from kerasgen.tasks.requirements import has_vectors
from kerasgen.utils import files
from kerasgen.utils.images import as_picture
from kerasgen.utils.images import in_rows

COLUMNS = 10
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
table { border-collapse: collapse; } td, th { padding: .3rem .8rem;
  border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
td:last-child { white-space: normal; }
td:first-child, th:first-child, td:last-child, th:last-child {
  text-align: left; } img { max-width: 100%; image-rendering: auto; }
figure { margin: 0; } figcaption, .about { color: #666; font-size: .9rem; }
pre { white-space: pre-wrap; }
"""


def write_report(folder, title, evaluation, pictures, samples=()):
    """Writes `report.json`, `report.md` and `report.html` into a folder.

    Args:
        folder: `pathlib.Path`.
        title: str.
        evaluation: dict, as `evaluate` returns it.
        pictures: dict from a heading to (PNG as bytes, caption).
        samples: sequence of str, of a model of texts.
    """
    files.write_json(folder / "report.json", {"title": title, **evaluation})
    texts = {
        "report.md": f"# {title}\n\n{protocol(evaluation)}\n\n"
        + markdown_table(evaluation),
        "report.html": page(
            title, protocol(evaluation), table(evaluation), pictures, samples
        ),
    }
    for name, text in texts.items():
        with files.atomic_path(folder / name) as scratch:
            scratch.write_text(text, encoding="utf-8")


def protocol(evaluation):
    """How the numbers came about, in a few sentences."""
    if "protocol" in evaluation:
        return evaluation["protocol"]
    seeds = ", ".join(map(str, evaluation["seeds"]))
    text = (
        f"{evaluation['num_samples']} generated images for each of the seeds "
        f"{seeds}, against {evaluation['num_test']} test images. Features: "
        f"{evaluation['features']}; distances of other features do not "
        "compare. Floor: the same of real images in the place of generated "
        "ones, of training images or, where training images are what others "
        "are held against, of test images."
    )
    # Reports of before it was measured have no such key.
    if evaluation.get("inception") is None:
        return text
    number = min(evaluation["num_samples"], evaluation["num_test"])
    return (
        f"{text} Frechet inception distance: by the features of "
        f"{evaluation['inception']} of images of 8 bits a channel, grey ones "
        "repeated to three channels, resized to 299 x 299 (bilinear, as "
        f"TensorFlow 1 and torch-fidelity), against all "
        f"{evaluation['num_training']} training images; its floor is that of "
        f"{number} test images."
    )


HEADER = ("Metric", "Value", "Floor", "Better", "What it says")


def table(evaluation):
    """Rows of texts: the header, and a row a measure."""
    yield HEADER
    for name, measure in evaluation["measures"].items():
        yield (
            name.replace("_", " "),
            value_text(measure),
            floor_text(measure),
            measure["better"],
            measure["about"],
        )


def value_text(measure):
    """The mean of a measure, with its deviation where there are seeds."""
    text = f"{measure['mean']:.4g}"
    if len(measure["values"]) > 1:
        text += f" ± {measure['deviation']:.2g}"
    return text


def floor_text(measure):
    """What real images reach, or nothing."""
    return "" if measure["floor"] is None else f"{measure['floor']:.4g}"


def aligned(lines):
    """Rows of texts as lines of one text, in columns."""
    lines = list(lines)
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths)
        ).rstrip()
        for line in lines
    )


def text_table(evaluation):
    """The measures as lines of text, without what they say."""
    return aligned(line[:4] for line in table(evaluation))


def markdown_table(evaluation):
    """The measures as a Markdown table."""
    header, *lines = table(evaluation)
    lines = [header, ("---",) * len(header), *lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page(title, text, lines, pictures, samples=()):
    """One HTML page of a text, a table and pictures.

    Args:
        title: str.
        text: str. A paragraph.
        lines: rows of texts, the first a header.
        pictures: dict from a heading to (PNG as bytes, caption).
        samples: sequence of str, which are shown as they are.
    """

    def row(cells, tag):
        joined = "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells)
        return f"<tr>{joined}</tr>"

    header, *lines = lines
    cells = row(header, "th") + "".join(row(line, "td") for line in lines)
    sections = "".join(
        f"<h2>{html.escape(heading)}</h2><figure><img alt="
        f'"{html.escape(heading)}" src="data:image/png;base64,'
        f'{base64.b64encode(picture).decode()}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for heading, (picture, caption) in pictures.items()
    )
    if samples:
        escaped = map(html.escape, samples)
        texts = "<hr>".join(f"<pre>{text}</pre>" for text in escaped)
        sections = f"<h2>Samples</h2>{texts}{sections}"
    title = html.escape(title)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>"
        f"<h1>{title}</h1><p>{html.escape(text)}</p>"
        f"<table>{cells}</table>{sections}</body></html>\n"
    )


def pictures_of(model, training, test, labels, features, evaluation, seed=0):
    """The pictures of a report: a dict from heading to (PNG, caption).

    Args:
        model: `GenerativeModel` of images.
        training: array of images that it was trained on.
        test: array of images that it was not trained on.
        labels: integer array or None. Classes of `test`.
        features: keras.Model from images to features.
        evaluation: dict, as `evaluate` returns it.
        seed: int.
    """
    samples = model.generate(COLUMNS**2, seed=seed)
    pictures = {
        "Samples": (
            _grid(samples, COLUMNS),
            f"The first {COLUMNS**2} images of seed {seed}, none left out.",
        ),
        "Nearest training images": (
            _grid(
                _nearest(samples[: 2 * COLUMNS], training, features), COLUMNS
            ),
            "Rows of samples, each above the training image whose features "
            "are nearest. Pairs that are equal would be copies.",
        ),
    }
    some = slice(2 * COLUMNS)
    if model.can("encode"):
        again = model.reconstruct(
            test[some], **_label_kwargs(model, labels, some)
        )
        pictures["Reconstructions"] = (
            _grid(_above(test[some], again), COLUMNS),
            "Rows of test images, each above its reconstruction.",
        )
        pictures["Latents"] = (
            _latent_map(model, test[:2000], labels),
            "Test images in the two directions in which their latents vary "
            "most" + ("." if labels is None else ", coloured by class."),
        )
    if has_vectors(model):
        pictures["Interpolations"] = (
            _grid(_interpolations(model, seed), COLUMNS),
            "From one sample, left, to another, right.",
        )
    measures = evaluation["measures"].values()
    if any(measure["floor"] is not None for measure in measures):
        pictures["Metrics against the floor"] = (
            _bars(evaluation),
            "Where real images reach a value: how far the model is from it.",
        )
    return pictures


def pictures_of_translations(model, images, partners=None, to="target"):
    """The picture of translations: a dict as `pictures_of` has it.

    Args:
        model: `GenerativeModel` that translates.
        images: array of images to translate.
        partners: array of what they should become, or `None`. Without, it shows
            what becomes of translations on the way back, if there is one.
        to: `"target"` or `"source"`.
    """
    some = slice(5 * COLUMNS)
    groups = translations(model, images[some], to)
    below = "and, below that, what becomes of this on the way back"
    if partners is not None:
        groups = [*groups[:2], partners[some]]
        below = "and, below that, its partner"
    caption = "Rows of test images, each above its translation"
    caption += f" {below}." if len(groups) == 3 else "."
    columns = min(COLUMNS, len(groups[0]))
    picture = _grid(in_rows(groups, columns), columns)
    return {"Translations": (picture, caption)}


def _grid(images, num_columns):
    picture = as_picture(images, num_columns)
    return _as_png(lambda stream: picture.save(stream, "PNG"))


def _as_png(save):
    """What a function writes into a stream."""
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def _above(first, second):
    """Rows of the first images, each above that of the second."""
    order = [
        part[start : start + COLUMNS]
        for start in range(0, len(first), COLUMNS)
        for part in (first, second)
    ]
    return np.concatenate(order)


def _nearest(samples, training, features):
    import sklearn.metrics

    of_samples, of_training = (
        features.predict(images, batch_size=500, verbose=0)
        for images in (samples, training)
    )
    index = sklearn.metrics.pairwise_distances_argmin(of_samples, of_training)
    return _above(samples, training[index])


def _interpolations(model, seed):
    """Ten rows, each from one sample to another."""
    latents = latent_space.drawn_latents(model, 2 * COLUMNS, seed)
    # Other priors have no sphere that their draws are near to.
    own_prior = type(model).latents_from_seeds
    is_normal = own_prior is LatentVariableModel.latents_from_seeds
    rows = latent_space.interpolate(
        model,
        latents[:COLUMNS],
        latents[COLUMNS:],
        COLUMNS,
        "slerp" if is_normal else "linear",
    )
    return rows.reshape(-1, *model.data_shape)


def _latent_map(model, images, labels):
    from matplotlib.figure import Figure

    labels = None if labels is None else labels[: len(images)]
    latents = model.encode(images, **_label_kwargs(model, labels))
    latents = latents.reshape(len(images), -1)
    latents = embedding(latents, "pca")
    figure = Figure(figsize=(6, 5.5), layout="constrained")
    axes = figure.subplots()
    points = axes.scatter(
        *latents.T,
        c=labels,
        cmap="tab10",
        s=6,
    )
    if labels is not None:
        figure.colorbar(points, ax=axes, label="class")
    axes.set(xlabel="first component", ylabel="second component")
    return _as_png(lambda stream: figure.savefig(stream, dpi=110))


def _label_kwargs(model, labels, rows=slice(None)):
    """Labels of some rows as an argument, for models that take them."""
    return {"labels": labels[rows]} if model.trains_on_labels else {}


def _bars(evaluation):
    from matplotlib.figure import Figure

    found = {
        name: measure
        for name, measure in evaluation["measures"].items()
        if measure["floor"] is not None
    }
    figure = Figure(figsize=(9, 0.9 * len(found) + 0.3), layout="constrained")
    for axes, (name, measure) in zip(
        figure.subplots(len(found), 1, squeeze=False)[:, 0], found.items()
    ):
        axes.barh(
            ["real images", "model"],
            [measure["floor"], measure["mean"]],
            xerr=[0, measure["deviation"]],
            color=["#bbb", "#3b6ea5"],
            height=0.7,
        )
        arrow = {"lower": "←", "higher": "→"}[MEASURES[name].better]
        axes.set_title(f"{name.replace('_', ' ')} {arrow}", loc="left")
        axes.spines[["top", "right"]].set_visible(False)
    return _as_png(lambda stream: figure.savefig(stream, dpi=100))
