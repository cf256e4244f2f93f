"""Fills the tables of README.md and of the guide in, from results/.

    python benchmarks/report.py
    python benchmarks/report.py runs/scaling/replicas.json

Every benchmark leaves its table twice, as NAME.md and as NAME.json. Files that
are named are taken over into results/ first. A table stands below a comment
with the name of its file: in README.md, of which the site has a page, or in
the guide's "Which model should I use?".
"""

import argparse
import json
import pathlib
import re
import shutil

# The folder of this script is where Python looks for it.
from common import markdown_table

FOLDER = pathlib.Path(__file__).resolve().parent
README = FOLDER / "README.md"
GUIDE = FOLDER.parent / "docs" / "pages" / "guide"
PAGES = (README, GUIDE / "choosing.md")
RESULTS = FOLDER / "results"
_TABLE = re.compile(r"(<!-- results/(\w+)\.json -->\n\n)(?:\|.*\n)*\n*")


def filled(text):
    """A text whose tables are those in results/."""

    def with_table(match):
        found = json.loads((RESULTS / f"{match[2]}.json").read_text())
        table = markdown_table(found["header"], found["rows"])
        # Without an empty line, what follows would be a row.
        return f"{match[1]}{table}\n\n"

    return _TABLE.sub(with_table, text)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", nargs="*", type=pathlib.Path)
    for path in parser.parse_args().results:
        shutil.copy(path, RESULTS / path.name)
    for page in PAGES:
        page.write_text(
            filled(page.read_text(encoding="utf-8")), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
