"""Makes the page of formats: how far each model's files are from Keras.

    python docs/compare_formats.py              # of all models
    python docs/compare_formats.py vae pix2pix  # of these, and print the rows

Each model, as its recipe for digits has it, is trained for a few steps, so that
its weights are not those it begins with; then it is exported in all formats, and
its answers compared. It takes about half an hour on two cores.
"""

import argparse
import pathlib
import sys
import tempfile

from generators.places import ROOT

import kerasgen
from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import arguments_of
from kerasgen.models import MODELS
from kerasgen.recipes import recipe_for
from kerasgen.serving.formats.formats import FORMATS

_STEPS = 8  # Of training.
PAGE = ROOT / "docs" / "pages" / "guide" / "formats.md"
_BEGINNING = """# Formats

<!-- Made by `python docs/compare_formats.py`. -->

`model.export(path, format=...)` writes a file that ONNX Runtime, OpenVINO or
LiteRT runs; [Serving](serving.md#other-runtimes) says how. Here is what each
model's file can be asked, and the largest difference of its answers from
Keras's: absolute, or relative to numbers above 1. The models are those of the
recipes for digits of 8x8 pixels, after a few steps of training (those of two
domains, for digits of 16x16 pixels; `gpt`, for sums); the runtimes run on a CPU.

A file has numbers in and out. What takes or returns strings, `generate_png`,
`classes` and the texts of `gpt`, is left to TensorFlow; `gpt` takes and returns
tokens in its place. No runtime has the random operation by which seeds become
samples. So `generate` is `decode` of latents, which are drawn outside; where
codes, pixels or tokens are drawn one after the other, it takes `uniforms`, one
number in (0, 1) for each draw. What estimates by random numbers, as
`log_likelihood` of most, is left to TensorFlow, too.

8 bits are `quantize=True`, which promises nothing but what it states. Of tokens
and pixels that are drawn one after the other, the first that comes out as another
changes all that follow; of tokens, the number is the share that differs.

"""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of models")
    names = parser.parse_args().names
    if unknown := set(names) - set(MODELS):
        parser.error(f"no models: {', '.join(sorted(unknown))}")
    rows, reasons = [], []
    for name in names or MODELS:
        model = _trained(name)
        cells = [", ".join(f"`{n}`" for n in model.portable_endpoints())]
        for title, format, quantize in _COLUMNS:
            cell, reason = _compared(model, format, quantize)
            if reason:
                reasons.append(f"{len(reasons) + 1}. {name}, {title}: {reason}")
                cell += f" [{len(reasons)}]"
            cells.append(cell)
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
        sys.stderr.write(f"{rows[-1]}\n")
    text = "\n".join([*_header(), *rows, "", *reasons])
    if names:
        sys.stdout.write(f"{text}\n")
    else:
        PAGE.write_text(f"{_BEGINNING}{text.rstrip()}\n")


_COLUMNS = [
    *((each.title, each.name, False) for each in FORMATS.values()),
    ("LiteRT, 8 bits", "litert", True),
]


def _header():
    titles = ["Model", "Signatures", *(title for title, _, _ in _COLUMNS)]
    return [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]


def _trained(name):
    """The model after a few steps."""
    needs = arguments_of(MODELS[name])
    if "tokenizer" in needs:
        sums = kerasgen.data.load_text("sums", batch_size=64, seed=0)
        sizes = {"length": sums.length, "tokenizer": sums.tokenizer}
        return _fitted(name, "sums", sizes, sums.take(_STEPS))
    size = 16 if "source_shape" in needs else None
    images, labels = kerasgen.data.load_arrays("digits", image_size=size)
    images, labels = images[: 32 * _STEPS], labels[: 32 * _STEPS]
    shape = images.shape[1:]
    if "source_shape" in needs:
        sizes = {"source_shape": shape, "target_shape": shape}
        return _fitted(name, "", sizes, images, 1 - images)
    sizes = {"data_shape": shape}
    if "num_classes" in needs and needs["num_classes"].default is REQUIRED:
        sizes["num_classes"] = 10
        return _fitted(name, "digits", sizes, images, labels)
    return _fitted(name, "digits", sizes, images)


def _fitted(name, dataset, sizes, *data):
    arguments = recipe_for(name, dataset).arguments
    model = MODELS[name](seed=0, **sizes, **arguments)
    model.compile()
    model.fit(*data, verbose=0)
    return model


def _compared(model, format, quantize):
    """The largest deviation of all signatures, and why there is none."""
    of_all = [None]
    if not FORMATS[format].has_signatures:
        of_all = list(model.portable_endpoints())
    deviations, reasons = [], []
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch, f"model{FORMATS[format].suffix}")
        for signature in of_all:
            try:
                model.export(
                    path, format=format, signature=signature, quantize=quantize
                )
            except (NotImplementedError, RuntimeError) as error:
                reasons.append(" ".join(str(error).split()))
                continue
            found = kerasgen.serving.read_description(path)["signatures"]
            deviations += [each["deviation"] for each in found.values()]
    largest = max(deviations, default=None)
    cell = "—" if largest is None else f"{largest:.1g}"
    return cell, "; ".join(reasons)


if __name__ == "__main__":
    main()
