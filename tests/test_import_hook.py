"""Keras loads models by their classes, whoever is imported first."""

import os
import subprocess
import sys
import textwrap

import pytest

import kerasgen

# As on a machine without them.
REFUSE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("keras", "tensorflow"):
            raise ImportError(f"{name} is imported")

sys.meta_path.insert(0, Refuse())
"""


def python(code, *arguments, **environment):
    """What a fresh process prints."""
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "vae.keras"
    options = {"hidden_units": [8]}
    model = kerasgen.VAE((8, 8, 1), latent_dim=2, network_options=options)
    model.save(path)
    return path


@pytest.mark.parametrize(
    "imports",
    [
        "import kerasgen, keras",
        "import keras, kerasgen",
        # TensorFlow imports Keras while it is half loaded itself.
        "import kerasgen, tensorflow, keras",
        # These load Keras, and are what the models import.
        "import kerasgen.utils.random, kerasgen.serving.exporter, keras",
        "import kerasgen.serving.client, keras",
    ],
)
def test_keras_finds_the_classes(saved, imports):
    code = f"""
    import sys
    {imports}
    print(type(keras.saving.load_model(sys.argv[1])).__name__)
    """
    assert python(code, str(saved)) == "VAE\n"


def test_loaders_are_left_as_they_were():
    code = """
    import sys
    import kerasgen.losses, keras
    for module in keras, kerasgen.losses:
        for loader in module.__loader__, module.__spec__.loader:
            print(type(loader).__name__)
    print([f for f in sys.meta_path if f.__module__.startswith("kerasgen")])
    """
    lines = ["SourceFileLoader"] * 4 + ["[]"]
    assert python(code).splitlines() == lines


def test_a_client_needs_neither_keras_nor_tensorflow():
    code = """
    import kerasgen.serving.client
    client = kerasgen.serving.Client("http://localhost:8501", "vae")
    print(client.server)
    print({"keras", "tensorflow", "kerasgen.models"} & {*sys.modules})
    """
    lines = ["http://localhost:8501", "set()"]
    assert python(REFUSE + textwrap.dedent(code)).splitlines() == lines


def test_utils_are_no_part_of_the_top():
    code = """
    import kerasgen
    print(hasattr(kerasgen, "utils"))
    import kerasgen.utils.seeds
    print(kerasgen.utils.seeds.check_seed(1), "utils" in dir(kerasgen))
    """
    assert python(code).split() == ["False", "1", "False"]


def test_a_failed_import_stops_no_later_one(tmp_path):
    """A module that fails is half loaded no longer."""
    code = """
    import kerasgen.serving
    kerasgen.serving.__path__.append(sys.argv[1])
    try:
        import kerasgen.serving.broken
    except ZeroDivisionError:
        import keras
        print(keras.saving.get_registered_object("kerasgen>VAE").__name__)
    """
    (tmp_path / "broken.py").write_text("1 / 0")
    code = "import sys\n" + textwrap.dedent(code)
    assert python(code, str(tmp_path)) == "VAE\n"
