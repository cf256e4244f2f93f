"""Which folder of the package uses which."""

import importlib
import importlib.util
import pathlib

from generators.layers_picture import picture
from generators.places import ROOT

_NO_FOLDERS = (
    "__init__.py",
    "__main__.py",
    "import_hook.py",
    "name_clash.py",
    "version.py",
)


def filled(text):
    """The page of the architecture with its picture and its table.

    Args:
        text: str. Markdown with a comment in the place of each.

    Returns:
        str.
    """
    uses = _uses(_import_test())
    drawn = picture(uses, "Which folder of kerasgen uses which")
    drawn = f'<div class="picture">\n{drawn}\n</div>'
    text = text.replace("<!-- picture of imports -->", drawn)
    return text.replace("<!-- table of imports -->", _table(uses))


def _import_test():
    """The test that holds the order, as a module."""
    path = ROOT / "tests" / "test_imports.py"
    spec = importlib.util.spec_from_file_location("imports_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _uses(test):
    """Dict from each folder, in the order of the test, to those it uses."""
    uses = {folder: set() for folder in test.ORDER}
    for path in sorted(test.PACKAGE.rglob("*.py")):
        relative = path.relative_to(test.PACKAGE)
        if str(relative) in _NO_FOLDERS:
            continue
        own = pathlib.Path(relative.parts[0]).stem
        uses[own] |= {used for used, _ in test.imported_folders(path)} - {own}
    return uses


def _table(uses):
    lines = ["| Folder or file | What it holds | Uses |", "|---|---|---|"]
    for name, used in uses.items():
        module = importlib.import_module(f"kerasgen.{name}")
        summary = module.__doc__.splitlines()[0].rstrip(".")
        named = ", ".join(f"`{each}`" for each in uses if each in used)
        lines.append(f"| `{name}` | {summary} | {named or '-'} |")
    return "\n".join(lines)
