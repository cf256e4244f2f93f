"""A page a folder of the package: what of it is for use, by its docstrings."""

import importlib
import inspect

# In the order of the site.
_MODULES = (
    "data",
    "models",
    "engine",
    "networks",
    "layers",
    "losses",
    "samplers",
    "metrics",
    "callbacks",
    "tasks",
    "plotting",
    "recipes",
    "serving",
    "distribution",
    "loading",
)
# Of the models, those that the others are made of, one of a trained model, and
# errors.
_BASES = (
    "GenerativeModel",
    "LatentVariableModel",
    "LatentFlow",
    "DivergenceError",
    "NotFiniteError",
)
# Where the arguments stand that models of a family share.
_OF_FAMILIES = (
    ("FlowModel", "kerasgen.models.flow.flow_model.FlowModel"),
    ("ODEFlow", "kerasgen.models.flow.ode_flow.ODEFlow"),
)


def pages():
    made = {f"reference/{name}.md": _page(name) for name in _MODULES}
    lines = ["# Reference", ""]
    lines += [
        "Made of the docstrings. Every example in them with `>>>` is run by "
        "the tests.",
        "",
    ]
    lines += ["| Module | What it holds |", "|---|---|"]
    lines += [
        f"| [`kerasgen.{name}`]({name}.md) | {_summary(_module(name))} |"
        for name in _MODULES
    ]
    lines += [
        "| [Command line](command-line.md) | `kerasgen train` and so on |"
    ]
    made["reference/index.md"] = "\n".join(lines) + "\n"
    return made


def navigation():
    return [{f"kerasgen.{name}": f"reference/{name}.md"} for name in _MODULES]


def _module(name):
    return importlib.import_module(f"kerasgen.{name}")


def _summary(module):
    return module.__doc__.splitlines()[0].rstrip(".")


def _page(name):
    module = _module(name)
    lines = [f"# kerasgen.{name}", "", inspect.cleandoc(module.__doc__), ""]
    if name == "models":
        lines += ["A page each: [models](../models/index.md).", ""]
    for title, path in _members(name, module):
        lines += [f"::: {path}", "    options:", f'      heading: "{title}"']
        if title in ("GenerativeModel", "LatentVariableModel"):
            lines += ["      inherited_members: true"]
            # What is built in `__init__` needs no `build`.
            lines += ['      filters: ["!^_", "!^build$"]']
        lines += [""]
    return "\n".join(lines)


def _members(name, module):
    """Titles and paths of what is for use."""
    if name == "models":
        return [*(_member(module, each) for each in _BASES), *_OF_FAMILIES]
    if name == "engine":
        titles = [title for title in module.__all__ if title not in _BASES]
        return [_member(module, title) for title in titles]
    if hasattr(module, "__all__"):
        return [_member(module, title) for title in module.__all__]
    return _public(module)


def _public(module):
    """The public classes and functions of a module without a list of them."""
    return [
        _member(module, name)
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.startswith(module.__name__)
    ]


def _member(module, name):
    """Its title, and where it is written or, for constants, known."""
    value = getattr(module, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        return name, f"{value.__module__}.{value.__qualname__}"
    return name, f"{module.__name__}.{name}"
