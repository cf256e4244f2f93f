"""Docstrings as Markdown has them; an extension of griffe."""

import re

import griffe

_EXAMPLE = re.compile(r"^Examples?:\n", re.MULTILINE)
# From a prompt to the next empty line: what was typed, and the answers.
_SESSION = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
# Names of arguments that share a description, over two lines.
_NAMES = re.compile(r"^( +[\w*, ]+,)\n +(?=[\w*, ]+: )", re.MULTILINE)
_CODE = re.compile(r"`(\w+)`")


class ForReaders(griffe.Extension):
    """Fences sessions, and links the names of models to their pages."""

    def on_package(self, *, pkg, **kwargs):
        # The list of models is the imports of their package.
        models = {
            name: f"{pkg.path}.models.{name}"
            for name in pkg["models"].members
            if name[0].isupper() and not name.isupper()
        }
        models |= {
            name: f"{pkg.path}.models.{name}"
            for name in pkg["models"].exports or ()
        }
        models.pop("MODELS", None)
        for thing in _things(pkg):
            if thing.docstring is not None:
                thing.docstring.value = for_readers(
                    thing.docstring.value,
                    {k: v for k, v in models.items() if k != thing.name},
                )


def for_readers(text, links):
    """A docstring as the site shows it.

    Args:
        text: str.
        links: dict from names to what they are called in the reference.

    Returns:
        str: Markdown, with sections as before.
    """

    def linked(code):
        name = code.group(1)
        return f"[`{name}`][{links[name]}]" if name in links else code.group()

    text = _CODE.sub(linked, text)
    text = _NAMES.sub(r"\1 ", text)
    text = _EXAMPLE.sub("**Example**\n", text)
    return _SESSION.sub(r"```pycon\n\g<0>\n```", text)


def _things(parent):
    yield parent
    for member in parent.members.values():
        if not member.is_alias:
            yield from _things(member)
