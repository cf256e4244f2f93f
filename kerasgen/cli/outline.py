"""Names of models, networks and their settings, read from the source.

To run the source takes TensorFlow, which takes seconds to load: a wrong name is
told at once.
"""

import ast
import functools
import pathlib

_ROOT = pathlib.Path(__file__).parents[2]
_PARTS = ("encoder", "decoder", "generator", "discriminator")


@functools.cache
def models():
    """The models of the command line.

    Returns:
        dict from name to `ast.ClassDef`.
    """
    return {
        name: _class("kerasgen.models", value)[1]
        for name, value in _dict("kerasgen.models", "MODELS").items()
    }


def networks():
    """The names of networks, a tuple of str."""
    return tuple(_dict("kerasgen.networks.build", "NETWORKS"))


def measures():
    """The names of what `kerasgen evaluate` measures, a tuple of str."""
    module = "kerasgen.tasks.measures"
    return *_dict(module, "IMAGE_MEASURES"), *_dict(module, "MODEL_MEASURES")


@functools.cache
def init_parameters(model):
    """Arguments of a model, as `kerasgen.utils.arguments.init_parameters`.

    Args:
        model: str, one of `models()`.

    Returns:
        tuple of str, the nearest class's first.
    """
    name = _dict("kerasgen.models", "MODELS")[model]
    found = _init_parameters(*_class("kerasgen.models", name))
    return tuple(dict.fromkeys(found))


def network_options(network):
    """As `kerasgen.networks.option_names`, a tuple of str."""
    shapes = ast.literal_eval(_value("kerasgen.networks.build", "_SHAPES"))
    functions = {
        node.name: node
        for node in _tree(f"kerasgen.networks.{network}").body
        if isinstance(node, ast.FunctionDef)
    }
    names = [
        argument.arg
        for part in _PARTS
        for argument in functions[part].args.args
        if argument.arg not in shapes
    ]
    return tuple(dict.fromkeys(names))


def _init_parameters(module, definition):
    for node in definition.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            yield from (argument.arg for argument in node.args.args[1:])
    for base in definition.bases:
        # Others are Keras's, and bring no arguments.
        if isinstance(base, ast.Name):
            yield from _init_parameters(*_class(module, base.id))


def _class(module, name):
    """Where a class that a module knows is defined, and its definition."""
    for node in _tree(module).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return module, node
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return _class(node.module, alias.name)
    raise LookupError(f"{module} has no class {name}")


def _dict(module, name):
    """Keys of a dict of a module, and the names that it has as values."""
    value = _value(module, name)
    return {
        key.value: getattr(item, "id", None)
        for key, item in zip(value.keys, value.values, strict=True)
    }


def _value(module, name):
    for node in _tree(module).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return node.value
    raise LookupError(f"{module} has no {name}")


@functools.cache
def _tree(module):
    path = _ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text("utf-8"))
