"""Curves of a training run."""

import csv

from kerasgen.utils import files


def read_history(path):
    """The columns of a `history.csv`, as a dict from name to list of float.

    Keras writes a `val_` column for every metric, and NA where it has no
    value; columns of nothing else are left out.
    """
    with open(path, newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = rows[0] if rows else ()
    columns = {name: [row[name] for row in rows] for name in names}
    return {
        name: [float("nan" if text == "NA" else text) for text in column]
        for name, column in columns.items()
        if set(column) != {"NA"}
    }


def save_loss_curves(path, history):
    """Draws each metric over the epochs, with its validation beside it.

    Args:
        path: str or `pathlib.Path` of the picture.
        history: dict from metric name to one value an epoch; `epoch` counts
            them from 0, and `val_NAME` belongs to `NAME`.
    """
    from matplotlib.figure import Figure

    names = [n for n in history if n != "epoch" and not n.startswith("val_")]
    figure = Figure(figsize=(4.5 * len(names), 3.6), layout="constrained")
    epochs = [epoch + 1 for epoch in history["epoch"]]
    for axes, name in zip(
        figure.subplots(1, len(names), squeeze=False)[0], names
    ):
        axes.plot(epochs, history[name], label="training")
        if f"val_{name}" in history:
            axes.plot(epochs, history[f"val_{name}"], label="held out")
            axes.legend(frameon=False)
        axes.set_title(name.replace("_", " "))
        axes.set_xlabel("epoch")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)
    with files.atomic_path(path) as scratch:
        figure.savefig(scratch, dpi=120)
