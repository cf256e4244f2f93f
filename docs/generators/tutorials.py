"""Tutorials with their outputs, as they are committed."""

import re

import nbformat
from nbconvert import MarkdownExporter

from generators.places import TUTORIALS

_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
# From one notebook to another.
_LINK = re.compile(r"\]\((\d\d_\w+)\.ipynb(#[^)]*)?\)")


def pages():
    made = {}
    index = ["# Tutorials", ""]
    for path in _notebooks():
        notebook = nbformat.read(path, 4)
        made |= _page(path.stem, notebook)
        index += _entry(path.stem, notebook)
    if not made:
        index.append("This checkout has no notebooks yet.")
    made["tutorials/index.md"] = "\n".join(index)
    return made


def navigation():
    return [
        {_title(nbformat.read(path, 4)): f"tutorials/{path.stem}.md"}
        for path in _notebooks()
    ]


def _notebooks():
    return sorted(TUTORIALS.glob("[0-9][0-9]_*.ipynb"))


def _page(name, notebook):
    text, resources = MarkdownExporter().from_notebook_node(
        notebook, {"output_files_dir": name}
    )
    text = _LINK.sub(r"](\1.md\2)", text)
    text = text.replace("![png](", "![Drawn by the code above](")
    text += (
        f"\n\nTo run it: [{name}.ipynb]({name}/{name}.ipynb), in Jupyter, "
        'after `pip install -e ".[tutorials]"`.\n'
    )
    # Notebooks are files to download, beside the page.
    made = {f"tutorials/{name}/{name}.ipynb": nbformat.writes(notebook)}
    made |= {f"tutorials/{k}": v for k, v in resources["outputs"].items()}
    return made | {f"tutorials/{name}.md": text}


def _title(notebook):
    return _TITLE.search(notebook.cells[0].source).group(1)


def _entry(name, notebook):
    """Title, introduction and time of a tutorial, for the list of all."""
    _, introduction, *_ = notebook.cells[0].source.split("\n\n")
    lines = [f"## [{_title(notebook)}]({name}.md)", "", introduction, ""]
    took = notebook.metadata.get("execution")
    if took:
        minutes = round(took["minutes"])
        unit = "minute" if minutes == 1 else "minutes"
        lines += [f"It ran {minutes} {unit} on 2 cores.", ""]
    return lines
