"""Pages that are files of the project."""

from generators.places import BENCHMARKS
from generators.places import ROOT

_FILES = {
    "project/benchmarks.md": BENCHMARKS / "README.md",
    "project/changes.md": ROOT / "CHANGELOG.md",
    "project/contributing.md": ROOT / "CONTRIBUTING.md",
}


def pages():
    made = {path: file.read_text() for path, file in _FILES.items()}
    for picture in BENCHMARKS.glob("*.png"):
        made[f"project/{picture.name}"] = picture.read_bytes()
    return made
