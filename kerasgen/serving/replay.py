"""Answers that Keras gave, and whether an export gives them too."""

import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

from kerasgen.serving import c_api
from kerasgen.serving import safety
from kerasgen.serving.saved_model import SavedModel

FILE = pathlib.PurePath("assets.extra", "replay.npz")
_PNG = b"\x89PNG"  # What such files begin with.
# Between kernels that are the same, but for fusions that depend on the graph.
RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-5, 1e-6
TIMEOUT = 300  # Seconds: a graph may run for ever.
_MAX_BYTES = 2**28  # Of the recorded arrays, once they are inflated.


def write(folder, answers):
    """Keeps answers of Keras in a version.

    Args:
        folder: `pathlib.Path` of the version.
        answers: dict from signature name to (inputs, outputs), dicts from name
            to array.
    """
    (folder / FILE).parent.mkdir(exist_ok=True)
    (folder / FILE).write_bytes(packed(answers))


def packed(answers):
    """Answers as the bytes of a file; see `write`."""
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        **{
            f"{signature}/{kind}/{name}": array
            for signature, both in answers.items()
            for kind, arrays in zip(("inputs", "outputs"), both)
            for name, array in arrays.items()
        },
    )
    return stream.getvalue()


def read(folder):
    """What `write` was given: a dict by signature of (inputs, outputs)."""
    return unpacked(folder / FILE, folder / FILE)


def unpacked(source, name):
    """What `packed` was given.

    Args:
        source: `pathlib.Path`, or a file object of bytes.
        name: what to call it in the error.

    Raises:
        ValueError: if it is larger than answers are.
    """
    answers = {}
    with zipfile.ZipFile(source) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > _MAX_BYTES:
        raise ValueError(
            f"{name} must inflate to at most {_MAX_BYTES:,} bytes. "
            f"Received: {size:,} bytes."
        )
    with np.load(source) as stored:
        for place, array in stored.items():
            signature, kind, name = place.split("/")
            both = answers.setdefault(signature, ({}, {}))
            both[kind == "outputs"][name] = array
    return answers


def difference(expected, found):
    """The largest difference of two answers of one signature.

    Args:
        expected: dict from output name to array.
        found: dict of the same.

    Returns:
        float, in units of the tolerance: up to 1 is equal.
    """
    return max(
        _difference(array, found[name]) for name, array in expected.items()
    )


def answers(folder, requests, timeout=TIMEOUT):
    """Runs signatures of a version in a fresh process, through the C library.

    Args:
        folder: `pathlib.Path` of the version.
        requests: list of (signature name, dict from input name to array).
        timeout: float. Seconds that all of them may take together.

    Returns:
        list of a dict from output name to array for each request, or of the
        `RuntimeError` that it ended with.

    Raises:
        ValueError: if the version does more than to compute; it is not loaded.
        RuntimeError: if TensorFlow's library cannot load the version.
        TimeoutError: if there is no answer in time.
    """
    saved = SavedModel(folder)
    safety.check_safe(saved)
    signatures = saved.signatures
    plan = [
        {
            "inputs": _tensor_names(signatures[name].inputs),
            "outputs": _tensor_names(signatures[name].outputs),
        }
        for name, _ in requests
    ]
    arrays = {
        f"{number}/{key}": array
        for number, (_, inputs) in enumerate(requests)
        for key, array in inputs.items()
    }
    command = [sys.executable, c_api.__file__, str(folder)]
    what = f"TensorFlow's C library cannot load {folder}"
    found = run_apart(command, plan, arrays, timeout, what)
    return [
        RuntimeError(str(found[f"{number}!"]))
        if f"{number}!" in found
        else {name: found[f"{number}/{name}"] for name in names["outputs"]}
        for number, names in enumerate(plan)
    ]


def run_apart(command, plan, arrays, timeout, what, environment=None):
    """What a process writes that is given a plan and arrays.

    Args:
        command: list of str. It is called with the names of three files more:
            the plan, the arrays, and what it is to write.
        plan: of JSON values.
        arrays: dict from name to array.
        timeout: float. Seconds.
        what: str. What has happened if it fails, for the error.
        environment: dict of variables besides those of this process.

    Returns:
        dict from name to array.

    Raises:
        RuntimeError: if the process fails.
        TimeoutError: if it does not end in time.
    """
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "plan.json").write_text(json.dumps(plan))
        np.savez(scratch / "inputs.npz", **arrays)
        files = ("plan.json", "inputs.npz", "outputs.npz")
        command = command + [str(scratch / f) for f in files]
        done = _finished(command, timeout, environment or {})
        if done.returncode:
            how = f" (signal {-done.returncode})" if done.returncode < 0 else ""
            raise RuntimeError(
                f"{what}{how}:\n"
                # Without the lines of code that it came from.
                f"{done.stderr.rpartition('RuntimeError: ')[2].strip()}"
            )
        with np.load(scratch / "outputs.npz") as outputs:
            return dict(outputs)


def _finished(command, timeout, environment):
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            # A device has no room for two processes that take all of it.
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "", **environment},
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(
            f"there was no answer within {timeout:g} seconds"
        ) from error


def _tensor_names(tensors):
    return {name: tensor.tensor_name for name, tensor in tensors.items()}


def _difference(expected, found):
    if expected.shape != found.shape:
        return np.inf
    if expected.dtype.kind == "S":
        pairs = zip(expected.ravel(), found.ravel())
        return max(_bytes_difference(one, other) for one, other in pairs)
    if expected.dtype.kind in "iub":
        return 0.0 if np.array_equal(expected, found) else np.inf
    allowed = ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * np.abs(expected)
    ratio = np.abs(expected - found) / allowed
    return float(np.nan_to_num(ratio, nan=np.inf).max(initial=0.0))


def _bytes_difference(one, other):
    """None of equal strings; of pictures it is in levels of grey.

    There a last bit of a float may round to the next level.
    """
    if one == other:
        return 0.0
    if not one.startswith(_PNG) or not other.startswith(_PNG):
        return np.inf
    from PIL import Image

    one, other = (
        np.asarray(Image.open(io.BytesIO(file))).astype(int)
        for file in (one, other)
    )
    return float(np.abs(one - other).max())
