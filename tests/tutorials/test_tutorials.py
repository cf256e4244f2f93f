"""Tutorials run, and their notebooks are what their scripts say."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import jupytext
import nbformat
import pytest

FOLDER = pathlib.Path(__file__).parents[2] / "tutorials"
SCRIPTS = sorted(FOLDER.glob("[0-9][0-9]_*.py"))
# GitHub does not show much larger ones.
MAX_BYTES = 3_000_000
MAX_MINUTES = 15  # On two cores that do nothing else.

spec = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)

of_each = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


@of_each
def test_runs(script, tmp_path):
    environment = os.environ | {
        "KERASGEN_SMOKE": "1",
        "MPLBACKEND": "agg",
        "PYTHONPATH": str(FOLDER.parent),
    }
    ran = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]


@of_each
def test_notebook_is_that_of_the_script(script):
    notebook = jupytext.read(build.notebook_path(script))
    assert build.sources(notebook) == build.sources(build.read(script)), (
        f"run `python tutorials/build.py` and commit {script.stem}.ipynb"
    )


@of_each
def test_notebook_shows_a_whole_run(script):
    path = build.notebook_path(script)
    notebook = jupytext.read(path)
    assert 0 < notebook.metadata["execution"]["minutes"] <= MAX_MINUTES
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    numbers = [cell.execution_count for cell in cells]
    assert numbers == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error"]
    assert [o for o in outputs if "image/png" in o.get("data", {})]
    assert path.stat().st_size < MAX_BYTES


@of_each
def test_notebook_names_no_machine(script):
    text = build.notebook_path(script).read_text()
    for folder in ("/tmp/", "/home/", "/root/", "/Users/", str(FOLDER)):
        assert folder not in text


@of_each
def test_index_names_it(script):
    assert f"({script.stem}.ipynb)" in (FOLDER / "README.md").read_text()


SCRIPT = """\
# %% [markdown]
# # A title

# %%
print(6 * 7)
"""


@pytest.fixture
def script(tmp_path):
    """A tutorial whose notebook has the output `executed`."""
    path = tmp_path / "00_made.py"
    path.write_text(SCRIPT)
    notebook = build.read(path)
    notebook.cells[1].outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="executed")
    ]
    jupytext.write(notebook, build.notebook_path(path), fmt="ipynb")
    return path


def test_outputs_are_kept_where_prose_changes(script):
    script.write_text(SCRIPT.replace("A title", "Another title"))
    notebook = build.built(script)
    assert notebook.cells[0].source == "# Another title"
    assert notebook.cells[1].outputs[0].text == "executed"


def test_changed_code_is_seen(script):
    assert build.built(script) is not None
    script.write_text(SCRIPT.replace("6 * 7", "6 * 8"))
    assert build.built(script) is None


def test_changed_prose_is_seen(script):
    notebook = jupytext.read(build.notebook_path(script))
    assert build.sources(notebook) == build.sources(build.read(script))
    script.write_text(SCRIPT.replace("A title", "Another title"))
    assert build.sources(notebook) != build.sources(build.read(script))


def test_a_script_without_a_notebook_is_to_be_run(tmp_path):
    path = tmp_path / "00_new.py"
    path.write_text(SCRIPT)
    assert build.built(path) is None


def test_errors_and_warnings_are_left_out_of_notebooks(script, capsys):
    notebook = jupytext.read(build.notebook_path(script))
    notebook.cells[1].outputs[0].name = "stderr"
    build._drop_standard_error(notebook)
    assert notebook.cells[1].outputs == []
    assert "executed" in capsys.readouterr().err
