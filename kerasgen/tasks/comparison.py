"""Several evaluations in one table."""

import pathlib

from kerasgen.tasks import report
from kerasgen.utils import files
from kerasgen.utils.reports import read_report

# What must be the same for numbers to compare, and what it is called.
PROTOCOL = {
    "features": "features",
    "num_samples": "generated images",
    "num_training": "training images",
    "num_test": "numbers of test images",
    "test_images": "test images",
    "test_texts": "held-out texts",
    "inception": "weights of Inception",
}
# Not taken by all evaluations; it matters between those that took it.
_OPTIONAL = {"inception"}


def read_reports(folders):
    """The evaluations of run folders: a dict from folder to report.

    Args:
        folders: sequence of str or `pathlib.Path`, at least one.

    Returns:
        dict from the folder's path, as a str, to what its `report.json` holds.

    Raises:
        FileNotFoundError: if a folder has no report.
        ValueError: if they were not made by one protocol.
    """
    reports = {str(folder): read_report(folder) for folder in folders}
    for key, words in PROTOCOL.items():
        values = {
            # Those of texts have no features, those of images no texts.
            name: found.get(key)
            for name, found in reports.items()
            if key not in _OPTIONAL or found.get(key) is not None
        }
        if len(set(values.values())) > 1:
            listed = ", ".join(f"{v} in {k}" for k, v in values.items())
            raise ValueError(
                f"Evaluations with different {words} do not compare: {listed}. "
                "Evaluate them again by one protocol."
            )
    return reports


def table(reports):
    """Rows of texts: a header, and a row a metric with a cell a run."""
    names = list(reports)
    measures = {}
    for found in reports.values():
        measures |= found["measures"]
    lines = [["Metric", *names, "Floor", "Better"]]
    for name, measure in measures.items():
        cells = [
            report.value_text(found["measures"][name])
            if name in found["measures"]
            else ""
            for found in reports.values()
        ]
        lines.append(
            [
                name.replace("_", " "),
                *cells,
                report.floor_text(measure),
                measure["better"],
            ]
        )
    return lines


def text_table(reports):
    """The table as lines of text."""
    return report.aligned(table(reports))


def write_page(path, reports):
    """Writes the table, and the samples of each run, as one HTML page."""
    lines = table(reports)
    pictures = {}
    for name in reports:
        samples = pathlib.Path(name) / "samples.png"
        if samples.exists():
            pictures[name] = samples.read_bytes(), "The run's samples."
    first = next(iter(reports.values()))
    text = report.page(
        "Comparison of " + ", ".join(r["title"] for r in reports.values()),
        report.protocol(first),
        lines,
        pictures,
    )
    with files.atomic_path(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
