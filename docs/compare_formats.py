"""Measures what is on the page of formats: how far files are from Keras.

    python docs/compare_formats.py              # models that are not there yet
    python docs/compare_formats.py vae pix2pix  # these, again

Each model, as its recipe for digits has it, is trained for a few steps, so that
its weights are not those it begins with. Then it is exported in all formats,
and its answers are compared. It takes half an hour on two cores.
"""

import argparse
import pathlib
import sys
import tempfile

from generators import formats

import kerasgen
from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import arguments_of
from kerasgen.models import MODELS
from kerasgen.recipes import recipe_for
from kerasgen.serving.formats.formats import FORMATS
from kerasgen.utils.files import write_json

_STEPS = 8  # Of training.


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of models")
    names = parser.parse_args().names
    if unknown := set(names) - set(MODELS):
        parser.error(f"no models: {', '.join(sorted(unknown))}")
    for name in names or MODELS:
        found = formats.compared()
        if not names and name in found:
            continue
        model = _trained(name)
        row = {
            "signatures": list(model.portable_endpoints()),
            **{
                column: _compared(model, format, is_quantized)
                for column, (_, format, is_quantized) in formats.COLUMNS.items()
            },
        }
        sys.stderr.write(f"{name}: {row}\n")
        # After each, so that it can be stopped and gone on with.
        found = {**formats.compared(), name: row}
        write_json(formats.FILE, dict(sorted(found.items())))


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


def _compared(model, format, is_quantized):
    """The largest deviation of all signatures, and why some have none."""
    of_all = [None]
    if not FORMATS[format].has_signatures:
        of_all = list(model.portable_endpoints())
    deviations, reasons = [], []
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch, f"model{FORMATS[format].suffix}")
        for signature in of_all:
            try:
                model.export(
                    path,
                    format=format,
                    signature=signature,
                    quantize=is_quantized,
                )
            except (NotImplementedError, RuntimeError) as error:
                reasons.append(" ".join(str(error).split()))
                continue
            found = kerasgen.serving.read_description(path)["signatures"]
            deviations += [each["deviation"] for each in found.values()]
    return {"deviation": max(deviations, default=None), "reasons": reasons}


if __name__ == "__main__":
    main()
