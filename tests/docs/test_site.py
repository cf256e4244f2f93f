"""The site is built; a broken link, or a page without a place, fails it."""

import importlib.util
import os
import subprocess
import sys

import pytest

from kerasgen.models import MODELS
from tests.docs.guide_code import PAGES
from tests.models.small_models import is_of_images

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


def test_nothing_is_fetched_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    for page in pages:
        text = page.read_text()
        for tag in ('src="http', 'rel="stylesheet" href="http', "@import"):
            assert tag not in text, page
