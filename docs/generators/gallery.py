"""The gallery: what every model draws with seed 0, nothing chosen by hand."""

from generators import models
from kerasgen.models import MODELS

_NOTE = (
    "The first 64 images of seed 0 that each model draws, and the first texts: "
    "those of the saved model where there is one, otherwise of a training by "
    "the recipe; each says which. Models of one domain and another show test "
    "images and what becomes of them. A picture leads to the page of its model."
)


def pages():
    lines = ["# Gallery", "", _NOTE, ""]
    for title, names in models.families().items():
        lines += [f"## {title}", ""]
        texts = {name: _texts(name) for name in names}
        lines += ['<div class="gallery large" markdown>', ""]
        for name in names:
            if not texts[name]:
                lines += [*_figure(name), ""]
        lines += ["</div>", "", *sum(texts.values(), [])]
    return {"models/gallery.md": "\n".join(lines)}


def _figure(name):
    title = MODELS[name].__name__
    lines = ["<figure markdown>"]
    caption = "Not drawn yet"
    if (found := models.picture(name)) is not None:
        lines += [f"[![Samples of {title}]({name}.png)]({name}.md)"]
        caption = found[1]
    return [
        *lines,
        "<figcaption markdown>",
        f"[{title}]({name}.md)<br>{models.summary(name)}<br>{caption}",
        "</figcaption>",
        "</figure>",
    ]


def _texts(name):
    """Each of the saved models of texts, with the first that it drew."""
    lines = []
    for saved in models.saved_models_of(name):
        drawn = models.text_samples(saved)
        if drawn:
            title = MODELS[name].__name__
            card = f"[{title}]({name}.md): {models.summary(name)}"
            lines += [f"### {saved}", "", card, "", *drawn]
    return lines
