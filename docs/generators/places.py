"""Where things are in a checkout."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
SAVED_MODELS = ROOT / "saved_models"
TUTORIALS = ROOT / "tutorials"
