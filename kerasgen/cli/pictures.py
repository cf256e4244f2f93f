"""A picture and the scores beside it, as commands on trained models write."""

import typer

from kerasgen.utils import files


def check_picture(out):
    """Raises unless a path is that of a PNG."""
    if out.suffix != ".png":
        raise ValueError(f"Argument `--out` must end in .png. Received: {out}.")


def write_scores(scores, out, run, dataset, split, seed):
    """Writes scores beside a picture, and says both.

    Args:
        scores: dict.
        out: `pathlib.Path` of the picture.
        run: `pathlib.Path`. The run, the data set, its part and the seed say
            what was measured.
        dataset: str or None for no images but the model's own.
        split: str or None, likewise.
        seed: int.
    """
    measured = {
        "run": str(run),
        "dataset": dataset,
        "split": split,
        "seed": seed,
    }
    files.write_json(out.with_suffix(".json"), measured | scores)
    for name, value in scores.items():
        if isinstance(value, float):
            typer.echo(f"  {name.replace('_', ' ')}: {value:.4f}")
    typer.echo(f"The picture is {out}, its scores {out.with_suffix('.json')}")
