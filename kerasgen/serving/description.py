"""What the inputs and outputs of signatures mean, in words and in a file.

A SavedModel has no place for them; they stand in `assets.extra/kerasgen.json`,
which servers pass over.
"""

import pathlib

from kerasgen.serving import strict_json
from kerasgen.utils import files
from kerasgen.version import __version__

FILE = pathlib.PurePath("assets.extra", "kerasgen.json")

# `_words` says what stands for the names in braces.
SIGNATURES = {
    "serving_default": "Latents to {rows}; no randomness.",
    "generate": "Seed rows to {rows} and their latents.",
    "generate_png": "Seed rows to {rows} as PNG files.",
    "encode": "{Rows} to latents.",
    "decode": "Latents to {rows}.",
    "reconstruct": "{Rows} to what the model makes of them.",
    "log_likelihood": "{Rows} to a lower bound on log p(x).",
    "anomaly_score": "{Rows} to how abnormal they are.",
    "is_anomaly": "{Rows} to whether they are above the threshold.",
    "assign": "{Rows} to their clusters.",
    "classes": "Labels to the names of all classes.",
}
# A name means the same in every signature.
FIELDS = {
    "latents": "latents, as {sources}",
    "images": "{rows} {scale}",
    "seeds": "a pair of integers from 0 to 2**31 - 1 for each {row}, which "
    "alone decides it; (s, i) is {row} i of `model.generate(seed=s)`",
    "labels": "the class of each {row}, from 0{to_last}",
    "png_bytes": "a PNG file for each {row}; base64 over REST",
    "log_likelihood": "nats for each {row}",
    "scores": "higher the more abnormal",
    "is_anomaly": "1 above the threshold, 0 below",
    "clusters": "the most probable cluster of each {row}, from 0",
    "probabilities": "of each cluster",
    "class_names_bytes": "in each row all of them, empty where they have none",
}


def write(folder, about):
    """Describes the signatures of a version in a file of it.

    Args:
        folder: `pathlib.Path` of the version.
        about: dict of what else stands in the file. `data_shape` and
            `num_classes` in it decide how the descriptions are worded.
    """
    # It imports TensorFlow, without which a client looks names up.
    from kerasgen.serving.saved_model import SavedModel

    signatures = SavedModel(folder).signatures
    words = _words(about, signatures)
    described = {
        name: {
            "description": SIGNATURES.get(name, "").format(**words),
            "inputs": _fields(signature.inputs, words),
            "outputs": _fields(signature.outputs, words),
        }
        for name, signature in signatures.items()
    }
    (folder / FILE).parent.mkdir(exist_ok=True)
    files.write_json(
        folder / FILE,
        {"kerasgen": __version__, **about, "signatures": described},
    )


def read(folder):
    """What `write` wrote, or `None` for a SavedModel of others.

    Raises:
        ValueError: if the file is a stranger's, and does not say what `write`
            would.
    """
    file = pathlib.Path(folder) / FILE
    if not file.is_file():
        return None
    try:
        about = strict_json.parse(file.read_bytes())
    except ValueError as error:
        raise ValueError(f"{file} is no JSON: {error}") from error
    if not isinstance(about, dict):
        raise ValueError(f"{file} must be an object. Received: {about!r:.50}.")
    for name, (expected, fits) in _CHECKED.items():
        found = about.get(name)
        if found is not None and not fits(found):
            raise ValueError(
                f"`{name}` must be {expected} in {file}. "
                f"Received: {found!r:.50}."
            )
    return about


def _is_number(value):
    return type(value) is int and value > 0


def _is_words(value):
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


# What is read of a file that may be a stranger's.
_CHECKED = {
    "model": ("a word", lambda value: isinstance(value, str)),
    "num_classes": ("a positive integer", _is_number),
    "class_names": ("a list of words", _is_words),
    "signatures": ("an object", lambda value: isinstance(value, dict)),
}


def _words(about, signatures):
    """What fits this model in the texts above."""
    words = {"row": "image", "rows": "images", "Rows": "Images"}
    scale = "in [0, 1]"
    if len(about.get("data_shape", ())) == 1:
        words = {"row": "data row", "rows": "data rows", "Rows": "Data rows"}
        scale = "in the scale that the model was trained on"
    sources = "`generate` draws them"
    if "encode" in signatures:
        sources = "`encode` returns and " + sources
    classes = about.get("num_classes")
    to_last = "" if classes is None else f" to {classes - 1}"
    return {**words, "scale": scale, "sources": sources, "to_last": to_last}


def _fields(tensors, words):
    return {
        name: {
            "dtype": tensor.dtype,
            "shape": tensor.shape,
            "description": FIELDS.get(name, "").format(**words),
        }
        for name, tensor in tensors.items()
    }
