"""Benchmarks as modules: they are commands, and no package."""

import importlib.util
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parents[2] / "benchmarks"


def load(name):
    """The module of `benchmarks/NAME.py`, which finds its neighbours."""
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location(
            name, FOLDER / f"{name}.py"
        )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module
