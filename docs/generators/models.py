"""A page a model: what it is, its samples, and what it was measured to give."""

import functools
import inspect
import re
import runpy

from generators.places import ROOT
from generators.places import SAVED_MODELS
from kerasgen.engine.arguments import arguments_of
from kerasgen.models import MODELS
from kerasgen.models import GenerativeModel
from kerasgen.models import LatentVariableModel
from kerasgen.models.translation.translation_model import TranslationModel
from kerasgen.recipes import recipe_for

# In the order of the site; the folders of kerasgen/models.
_FAMILIES = {
    "autoencoder": "Autoencoders",
    "vae": "Variational autoencoders",
    "gan": "GANs",
    "flow": "Flows and diffusion",
    "autoregressive": "Language models, and images by exact likelihood",
    "translation": "From one domain to another",
    "clustering": "Models that find clusters",
}
PICTURES = ROOT / "docs" / "pictures"
_DATASETS = {"digits": "8x8 digits", "mnist": "MNIST"}
_TEXTS = {"sums": "Sums", "tiny_shakespeare": "Plays by Shakespeare"}
# What models between two domains are shown on: the command, and the picture.
_TWO_SIZES = "--source-size 16 --target-size 16 --epochs 1 --batch-size 32"
TRANSLATIONS = {
    "pix2pix": (
        "--target mnist --degrade mask --epochs 1 --batch-size 32",
        "Test images with a hole, above what the model makes of them and what "
        "they were",
    ),
    "cyclegan": (
        f"--source mnist --target digits {_TWO_SIZES} --set identity_weight=5",
        "Test images of MNIST, above their translations into digits of "
        "scikit-learn and back again; below, the other way round",
    ),
    "flow_translation": (
        f"--source mnist --target digits {_TWO_SIZES}",
        "Test images of MNIST, above their translations into digits of "
        "scikit-learn and back again; below, the other way round",
    ),
    "cut": (
        f"--source mnist --target digits {_TWO_SIZES}",
        "Test images of MNIST, above their translations into digits of "
        "scikit-learn",
    ),
}
_QUALITY = re.compile(r"^## How good it is\n(.*?)^## ", re.DOTALL | re.M)


def pages():
    made = {"models/index.md": _index()}
    for name in MODELS:
        made[_path(name)] = _page(name)
        if (found := picture(name)) is not None:
            made[f"models/{name}.png"] = found[0].read_bytes()
    return made


def navigation():
    return [
        {title: [{MODELS[name].__name__: _path(name)} for name in names]}
        for title, names in families().items()
    ]


def _path(name):
    return f"models/{name}.md"


def families():
    """The names of the models by the titles of their families."""
    return {
        title: [
            name
            for name, model in MODELS.items()
            if model.__module__.startswith(f"kerasgen.models.{folder}.")
        ]
        for folder, title in _FAMILIES.items()
    }


def summary(name):
    return inspect.getdoc(MODELS[name]).splitlines()[0]


def picture(name):
    """Samples of a model and what they are, or None."""
    if name in TRANSLATIONS:
        drawn = PICTURES / f"{name}.png"
        options, shown = TRANSLATIONS[name]
        caption = f"{shown}: `kerasgen train {name} {options}`"
        return (drawn, caption) if drawn.exists() else None
    found = _samples(name)
    if found is None:
        return None
    drawn, source = found
    return drawn, f"64 images of seed 0, none left out, of {source}"


def _samples(name):
    """Samples of a model and what they are samples of, or None."""
    for saved in saved_models_of(name):
        drawn = SAVED_MODELS / saved / "samples.png"
        if drawn.exists():
            return drawn, f"the saved model `{saved}`"
    for dataset in reversed(_DATASETS):
        drawn = PICTURES / f"{name}_{dataset}.png"
        if drawn.exists():
            return drawn, f"`kerasgen train {name} --dataset {dataset}`"
    return None


def saved_models_of(name):
    """Names of the saved models that are of a model."""
    return [saved for saved, model in _built().items() if model == name]


@functools.cache
def _built():
    """The models of which saved models are, by their names."""
    build = runpy.run_path(str(SAVED_MODELS / "build.py"))
    made_there = {saved: model for saved, (model, _) in build["MODELS"].items()}
    return made_there | build["BY_BENCHMARKS"]


def _index():
    lines = ["# Models", ""]
    lines += [
        "Each is trained with `fit`, sampled with `generate`, or asked to "
        "`translate`, saved, exported and run on several devices in the same "
        "way: [LatentVariableModel][kerasgen.models.LatentVariableModel] says "
        "how. "
        "Numbers and pictures are of the recipes, which "
        "`kerasgen train NAME` uses.",
        "",
    ]
    for title, names in families().items():
        lines += [f"## {title}", "", '<div class="gallery" markdown>', ""]
        for name in names:
            lines += [*_card(name), ""]
        lines += ["</div>", ""]
    return "\n".join(lines)


def _card(name):
    title = MODELS[name].__name__
    lines = ["<figure markdown>"]
    if picture(name) is not None:
        lines += [f"[![Samples of {title}]({name}.png)]({name}.md)"]
    lines += [
        "<figcaption markdown>",
        f"[{title}]({name}.md)<br>{summary(name)}",
        "</figcaption>",
        "</figure>",
    ]
    return lines


def _page(name):
    model = MODELS[name]
    lines = [f"# {model.__name__}", "", summary(name), ""]
    if (found := picture(name)) is not None:
        lines += [
            '<figure class="samples" markdown>',
            f"![Samples of {model.__name__}]({name}.png)",
            "<figcaption markdown>",
            found[1],
            "</figcaption>",
            "</figure>",
            "",
        ]
    lines += [*_recipes(name), *_quality(name), *_reference(model)]
    return "\n".join(lines)


def _recipes(name):
    if issubclass(MODELS[name], TranslationModel):
        recipe = recipe_for(name, "")
        return [
            "## How it is trained",
            "",
            f"`kerasgen train {name} --source FOLDER --target FOLDER`, by "
            f"default for {recipe.epochs} epochs; names of data sets and "
            "`.npz` files will do as well.",
            "",
        ]
    lines = ["## What it gives", "", "On two CPU cores, without a GPU:", ""]
    of_texts = "tokenizer" in arguments_of(MODELS[name])
    for dataset, title in (_TEXTS if of_texts else _DATASETS).items():
        recipe = recipe_for(name, dataset)
        command = f"kerasgen train {name}"
        if dataset != "digits":
            command += f" --dataset {dataset}"
        lines.append(
            f"- **{title}**, `{command}`, {recipe.epochs} epochs: "
            f"{recipe.result or 'not measured'}"
        )
    return [*lines, ""]


def text_samples(saved, number=4):
    """The first texts of a saved model of texts."""
    path = SAVED_MODELS / saved / "samples.txt"
    if not path.exists():
        return []
    texts = path.read_text(encoding="utf-8").split(f"\n{'-' * 40}\n")[:number]
    return [
        f"The first {number} of 64 texts that `{saved}` drew with seed 0:",
        "",
        "```text",
        *"\n\n".join(texts).split("\n"),
        "```",
        "",
    ]


def _quality(name):
    """The metrics of the saved model, from its card."""
    lines = []
    for saved in saved_models_of(name):
        card = SAVED_MODELS / saved / "README.md"
        [quality] = _QUALITY.findall(card.read_text())
        text = "\n".join(f"    {line}".rstrip() for line in quality.split("\n"))
        lines += [
            *text_samples(saved),
            f'??? note "Metrics of the saved model {saved}"',
            "",
            text,
            "",
        ]
    return lines


def _reference(model):
    path = f"kerasgen.models.{model.__name__}"
    lines = ["## In Python", "", f"::: {path}", "    options:"]
    lines += [f'      heading: "kerasgen.{model.__name__}"']
    lines += ["      heading_level: 3"]
    lines += ["      inherited_members: true", "      members:"]
    names = _own_methods(model)
    lines += [f"        - {name}" for name in names]
    if not names:
        lines[-1] += " false"
    base = _base(model).__name__
    return [
        *lines,
        "",
        "What every model has, such as `fit`, `generate`, `save` and `export`, "
        f"is described at [{base}][kerasgen.models.{base}].",
        "",
    ]


def _base(model):
    """The class whose page has what is not shown on the model's own."""
    is_latent = issubclass(model, LatentVariableModel)
    return LatentVariableModel if is_latent else GenerativeModel


def _own_methods(model):
    """Documented methods that its base has not, or with other arguments."""
    return [
        name
        for name in dir(model)
        if not name.startswith("_")
        and name != "call"
        and inspect.isfunction(getattr(model, name))
        and getattr(model, name).__doc__
        and not _is_of(_base(model), name, getattr(model, name))
    ]


def _is_of(base, name, method):
    if not hasattr(base, name):
        return False
    return inspect.signature(method) == inspect.signature(getattr(base, name))
