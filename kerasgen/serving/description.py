"""What the inputs and outputs of signatures mean, in words and in a file.

A SavedModel has no place for them; they stand in `assets.extra/kerasgen.json`,
which servers pass over.
"""

import pathlib

from kerasgen.serving.saved_model import SavedModel
from kerasgen.utils import files
from kerasgen.version import __version__

FILE = pathlib.PurePath("assets.extra", "kerasgen.json")

SIGNATURES = {
    "serving_default": "Latents to images; no randomness.",
    "generate": "Seed rows to images and their latents.",
    "generate_png": "Seed rows to images as PNG files.",
    "encode": "Images to latents.",
    "decode": "Latents to images.",
    "reconstruct": "Images to what the model makes of them.",
    "log_likelihood": "Images to a lower bound on log p(x).",
    "anomaly_score": "Images to how abnormal they are.",
    "is_anomaly": "Images to whether they are above the threshold.",
    "assign": "Images to their clusters.",
}
# A name means the same in every signature.
FIELDS = {
    "latents": "latents, as `encode` returns and `generate` draws them",
    "images": "images in [0, 1], or rows of numbers",
    "seeds": "a pair of integers from 0 to 2**31 - 1 for each image, which "
    "alone decides it; (s, i) is image i of `model.generate(seed=s)`",
    "labels": "the class of each image, from 0",
    "png_bytes": "a PNG file for each image; base64 over REST",
    "log_likelihood": "nats an image",
    "scores": "higher the more abnormal",
    "is_anomaly": "1 above the threshold, 0 below",
    "clusters": "the most probable cluster of each image, from 0",
    "probabilities": "of each cluster",
}


def write(folder, about):
    """Describes the signatures of a version in a file of it.

    Args:
        folder: `pathlib.Path` of the version.
        about: dict of what else stands in the file.
    """
    described = {
        name: {
            "description": SIGNATURES.get(name, ""),
            "inputs": _fields(signature.inputs),
            "outputs": _fields(signature.outputs),
        }
        for name, signature in SavedModel(folder).signatures.items()
    }
    (folder / FILE).parent.mkdir(exist_ok=True)
    files.write_json(
        folder / FILE,
        {"kerasgen": __version__, **about, "signatures": described},
    )


def read(folder):
    """What `write` wrote, or `None` for a SavedModel of others."""
    file = pathlib.Path(folder) / FILE
    return files.read_json(file) if file.is_file() else None


def _fields(tensors):
    return {
        name: {
            "dtype": tensor.dtype,
            "shape": tensor.shape,
            "description": FIELDS.get(name, ""),
        }
        for name, tensor in tensors.items()
    }
