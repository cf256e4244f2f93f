"""The code of the guide runs, and its commands are known.

With `KERASGEN_FULL_GUIDE` set, the code runs with all of its epochs.
"""

import importlib.util
import inspect
import os

import pytest
import typer

from kerasgen.cli.main import app
from kerasgen.models import GenerativeModel
from tests.docs.guide_code import PAGES
from tests.docs.guide_code import blocks
from tests.docs.guide_code import commands
from tests.docs.guide_code import pages_with

# Epochs, and steps of each, in the place of more.
_FEW = 1
_STEPS = 2


@pytest.fixture
def short_fits(monkeypatch):
    """Makes `fit` stop early, and take its steps without tracing them."""
    fit = GenerativeModel.fit
    signature = inspect.signature(fit)

    def short_fit(*arguments, **options):
        bound = signature.bind(*arguments, **options)
        bound.apply_defaults()
        given = bound.arguments
        given["self"].run_eagerly = True
        given["verbose"] = 0
        first = given["kwargs"].get("initial_epoch", 0)
        # Models that find clusters place them after some epochs.
        before = getattr(given["self"], "pretraining_epochs", 0)
        given["epochs"] = min(given["epochs"], first + before + _FEW)
        given["kwargs"]["steps_per_epoch"] = _STEPS
        return fit(*bound.args, **bound.kwargs)

    if "KERASGEN_FULL_GUIDE" not in os.environ:
        monkeypatch.setattr(GenerativeModel, "fit", short_fit)


@pytest.mark.parametrize("page", pages_with("python"))
def test_code_of_a_page_runs(page, short_fits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": page}
    for block in blocks(page, "python"):
        if block["reason"] is None and _is_there(block["library"]):
            # Errors then tell the line of the page.
            code = "\n" * block["line"] + block["code"]
            exec(compile(code, PAGES / page, "exec"), names)


def _is_there(library):
    return library is None or importlib.util.find_spec(library) is not None


def test_commands_are_known():
    main = typer.main.get_command(app)
    context = main.make_context("kerasgen", ["models"])
    found = list(commands())
    assert len(found) > 30
    for page, words in found:
        try:
            name, command, arguments = main.resolve_command(context, words)
            command.make_context(name, arguments, parent=context)
        except Exception as error:
            raise AssertionError(f"{page}: {' '.join(words)}") from error
