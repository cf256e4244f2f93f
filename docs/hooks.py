"""What MkDocs calls while it builds the site; mkdocs.yml names this file."""

import re

from generators import architecture
from generators import command_line
from generators import formats
from generators import formulas
from generators import gallery
from generators import models
from generators import project
from generators import reference
from generators import tutorials
from mkdocs.structure.files import File

# Each makes pages: a dict from paths in the site's sources to what they hold.
_GENERATORS = (
    command_line,
    formats,
    gallery,
    models,
    project,
    reference,
    tutorials,
)
# Where what is returned has no name, mkdocstrings leaves a dash for it.
_NO_NAME = re.compile(r'(<li class="doc-section-item field-body">)\s*–')


def on_files(files, config):
    for generator in _GENERATORS:
        for path, content in generator.pages().items():
            files.append(File.generated(config, path, content=content))
    for title, generator in (
        ("Models", models),
        ("Reference", reference),
        ("Tutorials", tutorials),
    ):
        _section(config.nav, title).extend(generator.navigation())
    return files


def on_page_markdown(markdown, page, config, files):
    if page.file.src_uri == "project/architecture.md":
        return architecture.filled(markdown)
    return markdown


def on_page_content(html, page, config, files):
    return _NO_NAME.sub(r"\1", formulas.with_mathml(html))


def _section(navigation, title):
    return next(entry[title] for entry in navigation if title in entry)
