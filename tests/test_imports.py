"""Which part of the package may use which, and what an import costs."""

import ast
import os
import pathlib
import subprocess
import sys

import pytest

import kerasgen

PACKAGE = pathlib.Path(kerasgen.__file__).parent
# A folder uses those above it, never those below.
ORDER = [
    "utils",
    "distribution",
    "plotting",
    "data",
    "layers",
    "losses",
    "networks",
    "metrics",
    "samplers",
    "serving",
    "engine",
    "models",
    "loading",
    "callbacks",
    "tasks",
    "recipes",
    "cli",
]


def folder_of(module):
    parts = module.split(".")
    if parts[0] != "kerasgen" or len(parts) == 1 or parts[1] == "version":
        return None
    return parts[1]


def imported_folders(path):
    """Folders of kerasgen that a file imports, with the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
            # `kerasgen.models` could then be used without being seen here.
            assert "kerasgen" not in modules, f"{path}:{node.lineno}"
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: relative import"
            modules = [node.module]
            if node.module == "kerasgen":
                modules = [f"kerasgen.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            if folder_of(module) is not None:
                yield folder_of(module), node.lineno


def files():
    return [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE]


def arrows_that_run_back(paths):
    for path in paths:
        own = ORDER.index(path.relative_to(PACKAGE).parts[0])
        for folder, line in imported_folders(path):
            if ORDER.index(folder) > own:
                yield f"{path}:{line} imports {folder}"


def test_imports_point_upward():
    assert len(files()) > 30
    assert not list(arrows_that_run_back(files()))


def test_an_arrow_that_runs_back_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    wrong = tmp_path / "losses" / "wrong.py"
    wrong.parent.mkdir()
    for line in (
        "from kerasgen.models import VAE",
        "import kerasgen.models.vae",
        "from kerasgen import models",
    ):
        wrong.write_text(line)
        assert len(list(arrows_that_run_back([wrong]))) == 1
    wrong.write_text("from kerasgen.utils import random")
    assert not list(arrows_that_run_back([wrong]))


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_heavy_parts_load_lazily():
    # Keras imports scikit-learn and matplotlib itself; kerasgen adds nothing.
    code = (
        "import sys, keras, tensorflow\n"
        "before = set(sys.modules)\n"
        "import kerasgen\n"
        "added = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "assert added == {'kerasgen'}, added\n"
        "registered = keras.saving.get_registered_object('kerasgen>VAE')\n"
        "assert registered is kerasgen.VAE"
    )
    result = python(code)
    assert result.returncode == 0, result.stderr[-2000:]


@pytest.mark.parametrize(
    "name", ["VAE", "GAN", "data", "serving", "recipes", "tasks"]
)
def test_names_at_the_top(name):
    assert name in dir(kerasgen)
    assert getattr(kerasgen, name) is not None


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        kerasgen.nonsense
    with pytest.raises(AttributeError, match="Did you mean 'ConditionalGAN'?"):
        kerasgen.CGAN


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_are_refused_with_the_way_out(backend):
    # Whether that backend is installed or not.
    result = python("import kerasgen; kerasgen.VAE", KERAS_BACKEND=backend)
    assert result.returncode != 0
    assert f"backend='{backend}'" in result.stderr
    assert "KERAS_BACKEND=tensorflow" in result.stderr


def test_python_m_of_others_registers_the_models(tmp_path):
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("import kerasgen")
    (package / "it.py").write_text(
        "import keras\n"
        "assert keras.saving.get_registered_object('kerasgen>VAE')"
    )
    path = os.pathsep.join([str(tmp_path), str(PACKAGE.parent)])
    result = subprocess.run(
        [sys.executable, "-m", "mine.it"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert result.returncode == 0, result.stderr[-2000:]
