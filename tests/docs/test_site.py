"""The site is built; a broken link, or a page without a place, fails it."""

import importlib
import importlib.util
import os
import re
import subprocess
import sys

import pytest

import kerasgen
from kerasgen.models import MODELS
from tests.docs.guide_code import PAGES
from tests.models.small_models import is_of_images

SAVED_MODELS = PAGES.parents[1] / "saved_models"
pytestmark = pytest.mark.skipif(
    any(
        importlib.util.find_spec(name) is None
        for name in ("mkdocs", "material", "mkdocstrings", "nbconvert")
    ),
    reason='needs pip install -e ".[docs]"',
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", folder],
        cwd=PAGES.parents[1],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return folder


def test_each_model_has_a_page(site):
    for name, model in MODELS.items():
        page = (site / "models" / name / "index.html").read_text()
        assert f"kerasgen.{model.__name__}" in page
        assert f"kerasgen train {name}" in page
        if is_of_images(name):
            assert f'<img alt="Samples of {model.__name__}"' in page
            assert (site / "models" / f"{name}.png").exists()


def test_gallery_shows_every_model(site):
    page = (site / "models" / "gallery" / "index.html").read_text()
    for name, model in MODELS.items():
        assert f'href="../{name}/">{model.__name__}</a>' in page, name
        picture = site / "models" / f"{name}.png"
        assert (f'src="../{name}.png"' in page) == picture.exists(), name
    for folder in SAVED_MODELS.glob("*/samples.txt"):
        assert f">{folder.parent.name}<" in page


def test_every_public_name_is_in_the_reference(site):
    anchors = set()
    for page in (
        *site.glob("models/*/*.html"),
        *site.glob("reference/*/*.html"),
    ):
        found = re.findall(r' id="(kerasgen\.[\w.]+)"', page.read_text())
        anchors |= set(found)
    missing = []
    for folder in kerasgen._FOLDERS:
        module = importlib.import_module(f"kerasgen.{folder}")
        for name in getattr(module, "__all__", None) or _written_in(module):
            value = getattr(module, name)
            # Where it is written, or from where it is imported.
            written = getattr(value, "__module__", ""), name
            places = {".".join(written), f"kerasgen.{folder}.{name}"}
            if not places & anchors:
                missing.append(f"{folder}.{name}")
    # A dict, of which the site has a page each.
    assert missing == ["models.MODELS"]


def _written_in(module):
    """Public functions and classes of a module without a list of them."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
    ]


def test_nothing_is_fetched_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    for page in pages:
        text = page.read_text()
        for tag in ('src="http', 'rel="stylesheet" href="http', "@import"):
            assert tag not in text, page
