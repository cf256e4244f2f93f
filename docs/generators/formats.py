"""The page of formats: which model can be exported as what."""

import json

from generators.places import ROOT
from kerasgen.models import MODELS
from kerasgen.serving.formats.formats import FORMATS

# What `docs/compare_formats.py` measures.
FILE = ROOT / "docs" / "formats.json"
# By what they are called there: title, format, and whether weights have 8 bits.
COLUMNS = {
    **{name: (each.title, name, False) for name, each in FORMATS.items()},
    "litert_8_bits": ("LiteRT, 8 bits", "litert", True),
}
_BEGINNING = """# Formats

`model.export(path, format=...)` writes a file that ONNX Runtime, OpenVINO or
LiteRT runs; [Serving](serving.md#other-runtimes) says how. Here is what each
model's file can be asked, and the largest difference of its answers from
Keras's: absolute, or relative to numbers above 1. The models are those of the
recipes for digits of 8x8 pixels, after a few steps of training (those of two
domains, for digits of 16x16 pixels; `gpt`, for sums); the runtimes run on a
CPU. `python docs/compare_formats.py` measures it.

A file has numbers in and out. What takes or returns strings, `generate_png`,
`classes` and the texts of `gpt`, is left to TensorFlow; `gpt` takes and returns
tokens in their place. No runtime has the random operation by which seeds become
samples. So `generate` is `decode` of latents, which are drawn outside; where
codes, pixels or tokens are drawn one after the other, it takes `uniforms`, a
number in (0, 1) for each draw. What estimates by random numbers, as
`log_likelihood` does of most models, is left to TensorFlow, too.

8 bits are `quantize=True`, which promises nothing but what it states. Of tokens
and pixels that are drawn one after the other, the first that comes out as
another changes all that follow; of tokens, it is the share that differs.

"""


def compared():
    """What was measured: a dict by model's name."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def pages():
    titles = ["Model", "Signatures", *(title for title, *_ in COLUMNS.values())]
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    reasons = []
    for name, row in compared().items():
        cells = [f"[{MODELS[name].__name__}](../models/{name}.md)"]
        cells.append(", ".join(f"`{each}`" for each in row["signatures"]))
        cells += [_cell(row[column], reasons) for column in COLUMNS]
        lines.append(f"| {' | '.join(cells)} |")
    if missing := [name for name in MODELS if name not in compared()]:
        lines += ["", f"Not measured yet: {', '.join(missing)}."]
    if reasons:
        lines += ["", "Why some are missing:", ""]
        lines += [f"{n}. {reason}" for n, reason in enumerate(reasons, 1)]
    return {"guide/formats.md": _BEGINNING + "\n".join(lines) + "\n"}


def _cell(found, reasons):
    value = found["deviation"]
    cell = "none" if value is None else f"{value:.0e}" if value else "0"
    for reason in found["reasons"]:
        reasons.append(reason)
        cell += f" ({len(reasons)})"
    return cell
