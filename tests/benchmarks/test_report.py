"""The benchmarks' page, and one of the guide, show results that are kept."""

import json

import pytest

from tests.benchmarks.loading import load


@pytest.fixture
def report():
    return load("report")


def test_pages_are_up_to_date(report):
    assert report.README in report.PAGES
    for page in report.PAGES:
        text = page.read_text(encoding="utf-8")
        assert text == report.filled(text), "run `python benchmarks/report.py`"


def test_every_result_is_shown(report):
    text = "".join(page.read_text(encoding="utf-8") for page in report.PAGES)
    kept = sorted(path.name for path in report.RESULTS.glob("*.json"))
    assert kept
    for name in kept:
        assert text.count(f"<!-- results/{name} -->\n\n| ") == 1, name


def test_new_results_take_the_place_of_old_ones(report, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    page = tmp_path / "README.md"
    monkeypatch.setattr(report, "PAGES", (page,))
    report.RESULTS.mkdir()
    mark = "<!-- results/speed.json -->\n\n"
    page.write_text(f"Before.\n\n{mark}| Old |\n| --- |\n| 1 |\n\nAfter.\n")
    new = tmp_path / "speed.json"
    load("common").write_table(new.with_suffix(".md"), ["New"], [["2"], ["3"]])
    monkeypatch.setattr("sys.argv", ["report.py", str(new)])
    report.main()
    table = "| New |\n| --- |\n| 2 |\n| 3 |\n"
    assert page.read_text() == f"Before.\n\n{mark}{table}\nAfter.\n"
    # Also below a mark that never had a table.
    assert report.filled(f"{mark}After.\n") == f"{mark}{table}\nAfter.\n"
    assert json.loads((report.RESULTS / "speed.json").read_text()) == {
        "header": ["New"],
        "rows": [["2"], ["3"]],
    }
