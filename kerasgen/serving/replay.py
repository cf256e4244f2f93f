"""Answers that Keras gave, and whether an export gives them too."""

import io
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from kerasgen.serving import c_api
from kerasgen.serving.saved_model import SavedModel

FILE = pathlib.PurePath("assets.extra", "replay.npz")
# Between kernels that are the same, but for fusions that depend on the graph.
RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-5, 1e-6


def write(folder, answers):
    """Keeps answers of Keras in a version.

    Args:
        folder: `pathlib.Path` of the version.
        answers: dict from signature name to (inputs, outputs), dicts from name
            to array.
    """
    (folder / FILE).parent.mkdir(exist_ok=True)
    np.savez_compressed(
        folder / FILE,
        **{
            f"{signature}/{kind}/{name}": array
            for signature, both in answers.items()
            for kind, arrays in zip(("inputs", "outputs"), both)
            for name, array in arrays.items()
        },
    )


def read(folder):
    """What `write` was given: a dict by signature of (inputs, outputs)."""
    answers = {}
    with np.load(folder / FILE) as stored:
        for place, array in stored.items():
            signature, kind, name = place.split("/")
            both = answers.setdefault(signature, ({}, {}))
            both[kind == "outputs"][name] = array
    return answers


def differences(folder):
    """Gives the recorded inputs to a version, in a process without Keras.

    Args:
        folder: `pathlib.Path` of the version.

    Returns:
        dict from signature name to the largest difference to what was recorded,
        in units of the tolerance: up to 1 is equal.

    Raises:
        RuntimeError: if TensorFlow's library cannot load or run it.
    """
    answers = read(folder)
    found = answer(folder, {name: both[0] for name, both in answers.items()})
    return {
        signature: max(
            _difference(expected, found[signature][name])
            for name, expected in outputs.items()
        )
        for signature, (_, outputs) in answers.items()
    }


def answer(folder, requests):
    """Runs signatures of a version in a fresh process, through the C library.

    Args:
        folder: `pathlib.Path` of the version.
        requests: dict from signature name to a dict from input name to array.

    Returns:
        dict from signature name to a dict from output name to array.

    Raises:
        RuntimeError: if TensorFlow's library cannot load or run it.
    """
    signatures = SavedModel(folder).signatures
    plan = {
        name: {
            "inputs": _tensor_names(signatures[name].inputs),
            "outputs": _tensor_names(signatures[name].outputs),
        }
        for name in requests
    }
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "plan.json").write_text(json.dumps(plan))
        np.savez(
            scratch / "inputs.npz",
            **{
                f"{name}/{key}": array
                for name, inputs in requests.items()
                for key, array in inputs.items()
            },
        )
        files = ("plan.json", "inputs.npz", "outputs.npz")
        done = subprocess.run(
            [sys.executable, c_api.__file__, str(folder)]
            + [str(scratch / file) for file in files],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(
                f"TensorFlow's C library cannot run {folder}:\n{done.stderr}"
            )
        with np.load(scratch / "outputs.npz") as outputs:
            return {
                name: {
                    key: outputs[f"{name}/{key}"] for key in names["outputs"]
                }
                for name, names in plan.items()
            }


def _tensor_names(tensors):
    return {name: tensor.tensor_name for name, tensor in tensors.items()}


def _difference(expected, found):
    if expected.shape != found.shape:
        return np.inf
    if expected.dtype.kind == "S":
        pairs = zip(expected.ravel(), found.ravel())
        return max(_png_difference(one, other) for one, other in pairs)
    if expected.dtype.kind in "iub":
        return 0.0 if np.array_equal(expected, found) else np.inf
    allowed = ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * np.abs(expected)
    ratio = np.abs(expected - found) / allowed
    return float(np.nan_to_num(ratio, nan=np.inf).max(initial=0.0))


def _png_difference(one, other):
    """In levels of grey: a last bit of a float may round to the next one."""
    from PIL import Image

    one, other = (
        np.asarray(Image.open(io.BytesIO(file))).astype(int)
        for file in (one, other)
    )
    return float(np.abs(one - other).max())
