"""Docstrings as Markdown has them; an extension of griffe."""

import inspect
import re

import griffe

import kerasgen.models
from kerasgen.engine import BaseModel

_EXAMPLE = re.compile(r"^Examples?:\n", re.MULTILINE)
# From a prompt to the next empty line: what was typed, and the answers.
_SESSION = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
# Names of arguments that share a description, over two lines.
_NAMES = re.compile(r"^( +[\w*, ]+,)\n +(?=[\w*, ]+: )", re.MULTILINE)
_CODE = re.compile(r"`(\w+)`")
_KINDS = {
    inspect.Parameter.POSITIONAL_OR_KEYWORD: (
        griffe.ParameterKind.positional_or_keyword
    ),
    inspect.Parameter.KEYWORD_ONLY: griffe.ParameterKind.keyword_only,
    inspect.Parameter.VAR_KEYWORD: griffe.ParameterKind.var_keyword,
}


class ForReaders(griffe.Extension):
    """Fences sessions, links the names of models, and shows their arguments.

    What is made while models are imported, griffe does not see: which models
    there are, and the arguments that they declare.
    """

    def on_package(self, *, pkg, **kwargs):
        if pkg.path != "kerasgen":
            return
        models = {}
        for name in kerasgen.models.__all__:
            cls = getattr(kerasgen.models, name)
            if not inspect.isclass(cls):
                continue
            models[name] = f"{pkg.path}.models.{name}"
            path = f"{cls.__module__}.{cls.__qualname__}"
            alias = griffe.Alias(name, path)
            pkg["models"].set_member(name, alias)
            # Links to it by this name find it.
            alias.resolve_target()
            if issubclass(cls, BaseModel):
                of_package = path.removeprefix(f"{pkg.path}.")
                pkg[of_package].set_member("__init__", _init(cls))
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


def _init(cls):
    """The `__init__` that a model seems to have."""
    parameters = [
        griffe.Parameter(
            parameter.name,
            kind=_KINDS[parameter.kind],
            default=None
            if parameter.default is parameter.empty
            else repr(parameter.default),
        )
        for parameter in inspect.signature(cls).parameters.values()
    ]
    return griffe.Function(
        "__init__", parameters=griffe.Parameters(*parameters)
    )


def _things(parent):
    yield parent
    for member in parent.members.values():
        if not member.is_alias:
            yield from _things(member)
