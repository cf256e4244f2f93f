"""Pictures of what models do, on matplotlib axes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kerasgen.utils.images import image_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE = "#3b6ea5"


def show_images(
    images: npt.ArrayLike,
    num_columns: int | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draws a grid of images.

    Args:
        images: array of shape `(n, height, width, channels)` in [0, 1].
        num_columns: int or None for about a square.
        title: str or None.
        ax: `matplotlib.axes.Axes` or None for those of a new figure.

    Returns:
        `matplotlib.axes.Axes`.
    """
    grid = image_grid(images, num_columns)
    if ax is None:
        height, width = grid.shape[:2]
        ax = new_axes((8, max(1.0, 8 * height / width)))
    if grid.shape[-1] == 1:
        ax.imshow(grid[..., 0], cmap="gray", vmin=0, vmax=255)
    else:
        ax.imshow(grid)
    ax.set_axis_off()
    if title:
        ax.set_title(title, loc="left")
    return ax


def interpolations(images: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draws ways from one image to another, a row each.

    Args:
        images: array of shape `(n, steps, height, width, channels)`, as
            `kerasgen.tasks.interpolate` returns it.
        ax: `matplotlib.axes.Axes` or None for those of a new figure.

    Returns:
        `matplotlib.axes.Axes`.
    """
    return show_images(
        images.reshape(-1, *images.shape[2:]), images.shape[1], ax=ax
    )


def traversals(
    images: np.ndarray,
    dimensions: Sequence[int | str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draws what single latents or directions do to one image, a row each.

    Args:
        images: array of shape `(dimensions, steps, height, width, channels)`:
            one entry of what `kerasgen.tasks.traverse` returns.
        dimensions: sequence of int or str, or None. Numbers of the latents,
            or names of directions.
        ax: `matplotlib.axes.Axes` or None for those of a new figure.

    Returns:
        `matplotlib.axes.Axes`.

    Raises:
        ValueError: for an array of another rank.
    """
    if np.ndim(images) != 5:
        raise ValueError(
            "Argument `images` must have shape (dimensions, steps, height, "
            "width, channels). Received: images of shape "
            f"{np.shape(images)}. Of what `traverse` returns, pass one entry, "
            "`moved[0]`."
        )
    number, steps, height = images.shape[:3]
    ax = interpolations(images, ax)
    dimensions = range(number) if dimensions is None else dimensions
    for row, dimension in enumerate(dimensions):
        name = dimension if isinstance(dimension, str) else f"z{dimension}"
        ax.text(
            -0.02 * steps * height,
            (row + 0.5) * (height + 1),
            name,
            ha="right",
            va="center",
        )
    return ax


def inpainting(
    images: np.ndarray,
    mask: npt.ArrayLike,
    completed: npt.ArrayLike,
    ax: Axes | None = None,
) -> Axes:
    """Draws originals, what was known of them, and completions, below another.

    Args:
        images: array of shape `(n, height, width, channels)`, the originals.
        mask: array of shape `(height, width)` or `(n, height, width)`, 1 where
            a pixel was known.
        completed: array of the shape of `images`.
        ax: `matplotlib.axes.Axes` or None for those of a new figure.

    Returns:
        `matplotlib.axes.Axes`.
    """
    known = np.broadcast_to(mask, np.shape(images)[:3])[..., None]
    # Grey stands for nothing in images of black and white.
    masked = np.where(known, images, 0.5)
    rows = np.concatenate([images, masked, completed])
    return show_images(rows, len(images), ax=ax)


def latent_map(
    points: npt.ArrayLike,
    labels: npt.ArrayLike | None = None,
    images: np.ndarray | None = None,
    num_thumbnails: int | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draws points of two dimensions, coloured by label, some as images.

    Args:
        points: array of shape `(n, 2)`.
        labels: array of shape `(n,)`, of integers or of names, or None. -1 is
            drawn grey: noise.
        images: array of shape `(n, height, width, channels)` or None. Those of
            points that are apart from one another are drawn.
        num_thumbnails: int or None for one in ten points, 100 at most. How
            many images at most.
        title: str or None.
        ax: `matplotlib.axes.Axes` or None for those of a new figure.

    Returns:
        `matplotlib.axes.Axes`.

    Raises:
        ValueError: for points that are not of a plane, or not as many labels
            or images.
    """
    points = np.asarray(points)
    _check_map(points, labels, images)
    ax = ax or new_axes((8, 8))
    # Few points are large, many do not cover one another.
    size = np.clip(10_000 / len(points), 4, 30)
    colours = np.full(len(points), BLUE, object)
    if labels is None:
        x, y = points.T
        ax.scatter(x, y, s=size, c=BLUE, linewidths=0)
    else:
        labels = np.asarray(labels)
        for label, colour in _colours(labels).items():
            colours[labels == label] = colour
            x, y = points[labels == label].T
            ax.scatter(
                x,
                y,
                s=size,
                linewidths=0,
                c=colour,
                label="noise" if label == -1 else str(label),
            )
        legend = ax.legend(frameon=False, loc="upper right")
        for handle in legend.legend_handles:
            handle.set_sizes([40])  # type: ignore[union-attr]
    if images is not None:
        if num_thumbnails is None:
            num_thumbnails = min(100, 1 + len(points) // 10)
        for index in _apart(points, num_thumbnails):
            _draw_thumbnail(ax, points[index], images[index], colours[index])
    ax.set_xticks([])
    ax.set_yticks([])
    if title:
        ax.set_title(title, loc="left")
    return ax


def cluster_samples(
    images: np.ndarray,
    clusters: npt.ArrayLike,
    num_columns: int = 16,
    ax: Axes | None = None,
) -> Axes:
    """Draws some images of each cluster, a row each, the largest first.

    Args:
        images: array of shape `(n, height, width, channels)`.
        clusters: int array of shape `(n,)`. -1 is noise, the last row.
        num_columns: int. Images of each.
        ax: `matplotlib.axes.Axes` or None for those of a new figure.

    Returns:
        `matplotlib.axes.Axes`.
    """
    found, sizes = np.unique(clusters, return_counts=True)
    order = np.lexsort((-sizes, found < 0))[:20]
    images = np.asarray(images)
    blank = np.ones_like(images[:1])
    rows = []
    for cluster in found[order]:
        some = images[clusters == cluster][:num_columns]
        missing = np.repeat(blank, num_columns - len(some), axis=0)
        rows += [some, missing]
    ax = show_images(np.concatenate(rows), num_columns, ax=ax)
    height = images.shape[1] + 1
    for row, index in enumerate(order):
        name = "noise" if found[index] < 0 else f"cluster {found[index]}"
        ax.text(
            -0.5 * height,
            (row + 0.5) * height,
            f"{name}\n{sizes[index]} images",
            ha="right",
            va="center",
            fontsize=8,
        )
    return ax


def cluster_confusion(
    labels: npt.ArrayLike, clusters: npt.ArrayLike, ax: Axes | None = None
) -> Axes:
    """Draws how often each class is in each cluster.

    Clusters are put in the order in which most of their images are on the
    diagonal.

    Args:
        labels: int array of shape `(n,)`. Classes.
        clusters: int array of shape `(n,)`. -1 is noise, the last column.
        ax: `matplotlib.axes.Axes` or None for those of a new figure.

    Returns:
        `matplotlib.axes.Axes`.
    """
    import scipy.optimize

    ax = ax or new_axes((6.5, 5.5))
    classes, rows = np.unique(labels, return_inverse=True)
    found, columns = np.unique(clusters, return_inverse=True)
    counts = np.zeros((len(classes), len(found)), int)
    np.add.at(counts, (rows, columns), 1)
    # Noise, -1, is the first one, and matches no class.
    is_noise = found < 0
    first = int(is_noise.any())
    _, matched = scipy.optimize.linear_sum_assignment(-counts[:, first:])
    matched = matched + first
    rest = [k for k in range(first, len(found)) if k not in matched]
    order = [*matched, *rest, *range(first)]
    ax.imshow(counts[:, order], cmap="Blues", aspect="auto")
    for row in range(len(classes)):
        for column, number in enumerate(counts[row, order]):
            if number:
                dark = number > counts.max() / 2
                ax.text(
                    column,
                    row,
                    number,
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if dark else "black",
                )
    names = ["noise" if is_noise[k] else str(found[k]) for k in order]
    ax.set_xticks(range(len(order)), names)
    ax.set_yticks(range(len(classes)), classes)
    ax.set(xlabel="cluster", ylabel="class")
    return ax


def anomaly_roc(
    is_anomaly: npt.ArrayLike, scores: npt.ArrayLike, ax: Axes | None = None
) -> Axes:
    """Draws the share of anomalies found against that of false alarms.

    Args:
        is_anomaly: bool array of shape `(n,)`.
        scores: float array of shape `(n,)`, higher the more normal, as
            `AnomalyDetector.score_samples` returns them.
        ax: `matplotlib.axes.Axes` or None for those of a new figure.

    Returns:
        `matplotlib.axes.Axes`.
    """
    import sklearn.metrics

    ax = ax or new_axes((5, 5))
    found = -np.asarray(scores)
    false, true, _ = sklearn.metrics.roc_curve(is_anomaly, found)
    area = sklearn.metrics.auc(false, true)
    ax.plot([0, 1], [0, 1], color="#bbb", linewidth=1)
    ax.plot(false, true, color=BLUE)
    ax.set(
        xlabel="normal images called anomalies",
        ylabel="anomalies found",
        title=f"area under the curve {area:.3f}",
        aspect="equal",
    )
    return ax


def extremes(
    images: np.ndarray,
    scores: npt.ArrayLike,
    number: int = 20,
    ax: Axes | None = None,
) -> Axes:
    """Draws the most normal images above the least normal ones.

    Args:
        images: array of shape `(n, height, width, channels)`.
        scores: float array of shape `(n,)`, higher the more normal.
        number: int. Images of each.
        ax: `matplotlib.axes.Axes` or None for those of a new figure.

    Returns:
        `matplotlib.axes.Axes`.
    """
    order = np.argsort(-np.asarray(scores))
    half = (number + 1) // 2
    selected = np.concatenate([order[:number], order[-number:][::-1]])
    ax = show_images(np.asarray(images)[selected], half, ax=ax)
    ax.set_title("above: most normal; below: least normal", loc="left")
    return ax


def new_axes(size: tuple[float, float]) -> Axes:
    """Axes of a new figure of pyplot, which a notebook shows.

    Args:
        size: pair of float. Width and height in inches.
    """
    import matplotlib.pyplot

    return matplotlib.pyplot.subplots(figsize=size, layout="constrained")[1]


def save(ax: Axes, path: str | os.PathLike[str], dpi: int = 120) -> None:
    """Writes the figure of some axes as a picture, whole or not at all.

    Args:
        ax: `matplotlib.axes.Axes`.
        path: str or `pathlib.Path`, ending in a format of matplotlib.
        dpi: int. Pixels an inch.
    """
    from kerasgen.utils import files

    with files.atomic_path(path) as scratch:
        ax.figure.figure.savefig(scratch, dpi=dpi, bbox_inches="tight")


def _check_map(points, labels, images):
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            "Argument `points` must have shape (n, 2). Received: points of "
            f"shape {points.shape}. Make a plane of them: "
            "`kerasgen.tasks.embedding(points)`."
        )
    for name, values in (("labels", labels), ("images", images)):
        if values is not None and len(values) != len(points):
            raise ValueError(
                f"Argument `{name}` must be as many as `points`, "
                f"{len(points)}. Received: {len(values)} {name}."
            )


def _colours(labels):
    """A colour for each label, in their order; grey for -1, noise."""
    import matplotlib
    from matplotlib.colors import to_hex

    # tab20 has the colours of tab10, each before a light one.
    shades = matplotlib.colormaps["tab20"].colors
    shades = [to_hex(shade) for shade in (*shades[::2], *shades[1::2])]
    found = np.unique(labels).tolist()
    noise = {-1: "#bbbbbb"} if -1 in found else {}
    return noise | dict(
        zip((k for k in found if k != -1), itertools.cycle(shades))
    )


def _apart(points, number):
    """Indices of points with some distance between one another."""
    extent = np.maximum(np.ptp(points, axis=0), 1e-12)
    scaled = (points - points.min(axis=0)) / extent
    selected = []
    for index in np.random.default_rng(0).permutation(len(points)):
        if len(selected) == number:
            break
        offsets = scaled[selected] - scaled[index]
        if not len(selected) or np.square(offsets).sum(axis=1).min() > 0.045**2:
            selected.append(index)
    return selected


def _draw_thumbnail(ax, point, image, colour):
    from matplotlib.offsetbox import AnnotationBbox
    from matplotlib.offsetbox import OffsetImage

    image = image[..., 0] if image.shape[-1] == 1 else image
    shown = OffsetImage(image, cmap="gray_r", zoom=18 / len(image))
    frame = {"edgecolor": colour, "linewidth": 1.5}
    ax.add_artist(AnnotationBbox(shown, point, pad=0, bboxprops=frame))
