"""Curves of a training run."""

from kerasgen.utils import files


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
