"""`kerasgen compare`: several evaluated runs side by side."""

import pathlib
from typing import Annotated

import typer

from kerasgen.utils.reports import read_report


def compare(
    runs: Annotated[
        list[pathlib.Path],
        typer.Argument(help="Folders with a report.json of kerasgen evaluate."),
    ],
    out: Annotated[
        pathlib.Path, typer.Option(help="The page to write (.html).")
    ] = pathlib.Path("comparison.html"),
):
    """Compare evaluated runs in one table and on one page.

    Values are means and deviations over the seeds of each evaluation. Only
    what was measured by the same protocol is compared: the same features, as
    many samples, and the same data.

    Example:

        kerasgen compare runs/vae_digits runs/gan_digits
    """
    if out.suffix != ".html":
        raise ValueError(
            f"Argument `--out` must end in .html. Received: {out}."
        )
    # Before TensorFlow, which takes seconds to load.
    for run in runs:
        read_report(run)
    from kerasgen.tasks import comparison

    reports = comparison.read_reports(runs)
    comparison.write_page(out, reports)
    typer.echo(comparison.text_table(reports))
    typer.echo(f"The page is {out}")
