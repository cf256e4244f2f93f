"""The benchmarks' page shows the results that are kept."""

import json

import pytest

from tests.benchmarks.loading import load


@pytest.fixture
def report():
    return load("report")


def test_page_is_up_to_date(report):
    text = report.README.read_text()
    assert text == report.filled(text), "run `python benchmarks/report.py`"


def test_every_result_is_shown(report):
    text = report.README.read_text()
    kept = sorted(path.name for path in report.RESULTS.glob("*.json"))
    assert kept
    for name in kept:
        assert text.count(f"<!-- results/{name} -->\n\n| ") == 1, name


def test_new_results_take_the_place_of_old_ones(report, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(report, "README", tmp_path / "README.md")
    report.RESULTS.mkdir()
    mark = "<!-- results/speed.json -->\n\n"
    report.README.write_text(
        f"Before.\n\n{mark}| Old |\n| --- |\n| 1 |\n\nAfter.\n"
    )
    new = tmp_path / "speed.json"
    load("common").write_table(new.with_suffix(".md"), ["New"], [["2"], ["3"]])
    monkeypatch.setattr("sys.argv", ["report.py", str(new)])
    report.main()
    table = "| New |\n| --- |\n| 2 |\n| 3 |\n"
    assert report.README.read_text() == f"Before.\n\n{mark}{table}\nAfter.\n"
    # Also below a mark that never had a table.
    assert report.filled(f"{mark}After.\n") == f"{mark}{table}\nAfter.\n"
    assert json.loads((report.RESULTS / "speed.json").read_text()) == {
        "header": ["New"],
        "rows": [["2"], ["3"]],
    }
