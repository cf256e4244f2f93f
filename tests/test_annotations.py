"""What is for use has types: `mypy` checks that they are right."""

import ast
import pathlib
import tomllib

import pytest

ROOT = pathlib.Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]


def files():
    """The files that the type checker is given."""
    for name in SETTINGS["files"]:
        path = ROOT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def is_public(name):
    return not name.startswith("_") or name == "__init__"


def public_functions(body):
    """Functions of a module, and methods of its public classes."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and is_public(node.name):
            yield node
        elif isinstance(node, ast.ClassDef) and is_public(node.name):
            yield from public_functions(node.body)


def unannotated(function):
    """Names of what has no type; `self` and `cls` need none."""
    declared = function.args
    parameters = [
        *declared.posonlyargs,
        *declared.args,
        *declared.kwonlyargs,
        declared.vararg,
        declared.kwarg,
    ]
    missing = [
        parameter.arg
        for parameter in parameters
        if parameter is not None
        and parameter.annotation is None
        and parameter.arg not in ("self", "cls")
    ]
    return missing if function.returns else [*missing, "return"]


def lacks(text):
    """Dict from each public function to what of it has no type."""
    found = public_functions(ast.parse(text).body)
    lacking = {function.name: unannotated(function) for function in found}
    return {name: missing for name, missing in lacking.items() if missing}


@pytest.mark.parametrize(
    "path", list(files()), ids=lambda path: str(path.relative_to(ROOT))
)
def test_public_functions_have_types(path):
    assert not lacks(path.read_text())


def test_a_function_without_types_is_seen():
    text = "class A:\n    def f(self, x: int, *, y) -> int: ...\ndef g(): ...\n"
    assert lacks(text) == {"f": ["y"], "g": ["return"]}
    assert not lacks("def _private(x): ...\nclass _B:\n    def f(x): ...\n")


def test_types_are_installed_with_the_package():
    assert (ROOT / "kerasgen" / "py.typed").is_file()
    assert "kerasgen = py.typed" in (ROOT / "setup.cfg").read_text()
