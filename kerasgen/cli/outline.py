"""Names of models, networks and their settings, read from the source.

To run the source takes TensorFlow, which takes seconds to load: a wrong name is
refused at once.
"""

import ast
import functools
import pathlib

_ROOT = pathlib.Path(__file__).parents[2]
_BUILD = "kerasgen.networks.build"


def models():
    """The models of the command line.

    Returns:
        dict from name to `ast.ClassDef`.
    """
    return {name: node for name, (_, node) in _registered().items()}


@functools.cache
def _registered():
    """The module and the definition of each registered model, by its name."""
    found = {}
    for path in sorted((_ROOT / "kerasgen" / "models").glob("*/*.py")):
        module = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
        for node in _tree(module).body:
            name = isinstance(node, ast.ClassDef) and _registered_name(node)
            if name:
                found[name] = module, node
    return dict(sorted(found.items()))


def _registered_name(definition):
    """The name that a class is registered by, see `kerasgen.models.zoo`."""
    for decorator in definition.decorator_list:
        function = getattr(decorator, "func", None)
        if isinstance(function, ast.Name) and function.id == "register":
            return ast.literal_eval(decorator.args[0])
    return None


def networks(model):
    """The names of the networks that a model may have, a tuple of str.

    Args:
        model: str, one of `models()`.
    """
    return tuple(_dict(_BUILD, _table(model)))


def _table(model):
    arguments = model_arguments(model)
    # Models of pixels have no other network than their own.
    if is_of_texts(model) or "patch_size" in arguments:
        return "SEQUENCES"
    if "levels" in arguments:
        return "GRIDS"
    if "backbone" in arguments:
        return "BACKBONES"
    return "TRANSLATORS" if is_translator(model) else "NETWORKS"


def is_of_texts(model):
    """Whether a model is trained on texts, and not on images."""
    return "tokenizer" in model_arguments(model)


def is_translator(model):
    """Whether a model is fitted to two domains of images."""
    return "source_shape" in model_arguments(model)


def measures():
    """The names of what `kerasgen evaluate` measures, a tuple of str."""
    module = "kerasgen.tasks.measures"
    return *_dict(module, "IMAGE_MEASURES"), *_dict(module, "MODEL_MEASURES")


def pair_measures():
    """The names of what it measures of pairs of images, a tuple of str."""
    return tuple(_dict("kerasgen.tasks.pair_evaluation", "PAIR_MEASURES"))


def model_arguments(model):
    """Names of a model's arguments, as `kerasgen.engine.arguments_of` has them.

    Args:
        model: str, one of `models()`.

    Returns:
        tuple of str, the nearest class's first.
    """
    return tuple(_defaults(model))


def needs_labels(model):
    """Whether a model cannot do without labels."""
    return _defaults(model).get("num_classes") == "REQUIRED"


def may_have_labels(model):
    """Whether a model has classes where the data have."""
    return "num_classes" in _defaults(model)


@functools.cache
def _defaults(model):
    """The source of the default of each argument of a model."""
    found = {}
    for name, default in _arguments(*_registered()[model]):
        found.setdefault(name, default)
    return {name: text for name, text in found.items() if text is not None}


def network_options(model, network):
    """Options of a model's network, a tuple of str.

    See `kerasgen.networks.option_names`.
    """
    table = _table(model)
    shapes = ast.literal_eval(_value(_BUILD, "_SHAPES"))
    parts = ast.literal_eval(_value(_BUILD, "_PARTS"))[table]
    shared, module = _dict(_BUILD, "_SHARED"), _dict(_BUILD, table)[network]
    names = [
        name
        for part in parts
        for name in _parameters(shared.get(part, module), part)
        if name not in shapes
    ]
    return tuple(dict.fromkeys(names))


def _parameters(module, function):
    for node in _tree(f"kerasgen.networks.{module}").body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return [argument.arg for argument in node.args.args]
    raise LookupError(f"{module} has no {function}")


def _arguments(module, definition):
    """Names and sources of defaults, `None` for what is no argument any more.

    The nearest class's first.
    """
    for node in definition.body:
        if isinstance(node, ast.Assign):
            name = node.targets[0].id
            is_argument = _is_argument(name, node.value)
            yield name, _default(node.value) if is_argument else None
    for base in definition.bases:
        # Others are Keras's, and bring no arguments.
        if isinstance(base, ast.Name):
            yield from _arguments(*_class(module, base.id))


def _is_argument(name, value):
    if isinstance(value, ast.Attribute):  # That of a parent, in its place here.
        return value.attr == name
    function = getattr(getattr(value, "func", None), "id", None)
    return function in ("Argument", "NetworkArgument", "ObjectArgument")


def _default(value):
    given = getattr(value, "args", None)
    return ast.unparse(given[0]) if given else "None"


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
