"""Executes tutorials and writes them as notebooks with their outputs.

    python tutorials/build.py          # those whose notebook is out of date
    python tutorials/build.py 01 03    # these, again

A tutorial is `NN_name.py`, in percent format; its notebook is `NN_name.ipynb`.
Where only the prose was changed, the outputs are kept. Needs
`pip install -e ".[tutorials]"`.
"""

import argparse
import pathlib
import resource
import sys
import tempfile
import time

import jupytext
from jupytext.combine import combine_inputs_with_outputs

FOLDER = pathlib.Path(__file__).resolve().parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def scripts(prefixes=("",)):
    """Paths of tutorials whose names start with one of some prefixes."""
    return [
        path
        for path in sorted(FOLDER.glob("[0-9][0-9]_*.py"))
        if path.name.startswith(tuple(prefixes))
    ]


def notebook_path(script):
    return script.with_suffix(".ipynb")


def read(path):
    """A script or a notebook, as a notebook without changing identifiers."""
    notebook = jupytext.read(path)
    notebook.metadata = {"kernelspec": KERNEL}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return notebook


def sources(notebook, *kinds):
    """Kind and text of the cells of some kinds, or of all."""
    return [
        (cell.cell_type, cell.source.strip())
        for cell in notebook.cells
        if cell.cell_type in (kinds or ("code", "markdown"))
    ]


def built(script):
    """The notebook of a script with outputs, or None if code has changed."""
    path = notebook_path(script)
    if not path.exists():
        return None
    old, new = jupytext.read(path), read(script)
    if sources(old, "code") != sources(new, "code"):
        return None
    notebook = combine_inputs_with_outputs(new, old)
    notebook.metadata = old.metadata
    return notebook


def execute(script):
    """Runs a script in a kernel of its own; returns the notebook."""
    from nbclient import NotebookClient

    notebook = read(script)
    start, used = time.monotonic(), _child_seconds()
    # What a tutorial writes is not left behind.
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook,
            timeout=None,
            kernel_name=KERNEL["name"],
            record_timing=False,
            resources={"metadata": {"path": folder}},
        ).execute()
    _drop_standard_error(notebook)
    notebook.metadata["execution"] = {
        "minutes": round((time.monotonic() - start) / 60, 1),
        "cpu_minutes": round((_child_seconds() - used) / 60, 1),
    }
    return notebook


def _drop_standard_error(notebook):
    """Shows here, and not in the notebook, what TensorFlow says of a machine.

    A tutorial prints what its reader should see.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            said = [o for o in cell.outputs if o.get("name") == "stderr"]
            cell.outputs = [o for o in cell.outputs if o not in said]
            sys.stderr.writelines(output.text for output in said)


def _child_seconds():
    """Seconds that all cores spent on child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("prefixes", nargs="*", help="such as 01")
    prefixes = parser.parse_args().prefixes
    for script in scripts(prefixes or ("",)):
        notebook = None if prefixes else built(script)
        if notebook is None:
            print(f"{script.name}: running", flush=True)
            notebook = execute(script)
            took = notebook.metadata["execution"]
            print(
                f"{script.name}: {took['minutes']} minutes, "
                f"{took['cpu_minutes']} of CPU time",
                flush=True,
            )
        jupytext.write(notebook, notebook_path(script), fmt="ipynb")


if __name__ == "__main__":
    main()
