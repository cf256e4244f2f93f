"""Whether a file of a format can be run, and answers as Keras did."""

import base64
import dataclasses
import functools
import io
import os
import pathlib
from typing import Any

import numpy as np

from kerasgen.serving import check
from kerasgen.serving import description
from kerasgen.serving import replay
from kerasgen.serving.formats import apart
from kerasgen.serving.formats import formats

# The names of the file's metadata.
DESCRIPTION, ANSWERS = "kerasgen", "kerasgen_answers"
# Between runtimes: absolute, or relative where numbers are above 1.
TOLERANCE = 1e-5
# What all runtimes have.
_DTYPES = {"float32", "int32", "int64", "bool"}
# How often as far as stated the answers of 8-bit weights may be: processors
# round differently.
_SLACK = 2.0


def check_file(
    path: str | os.PathLike[str],
    timeout: float = replay.TIMEOUT,
    is_own: bool = False,
) -> list[check.Finding]:
    """Looks a file over, and asks for the answers that are recorded in it.

    It may be a stranger's: a file with operations that are not the format's own
    is not run, and others run in a process of their own.

    Args:
        path: str or `pathlib.Path` of a .onnx, .xml or .tflite file.
        timeout: float. Seconds that it may run.
        is_own: bool. Whether this process has just written it, and may run it.

    Returns:
        list of `kerasgen.serving.check.Finding`, one a rule.

    Raises:
        ValueError: if it is no file of a format, or `timeout` is not above 0.
        ImportError: if the format's packages are not installed.
    """
    check.check_timeout(timeout)
    looked_at = _LookedAt(pathlib.Path(path), timeout, is_own)
    return [
        check.finding_of(rule, faults(looked_at)) for rule, faults in _RULES
    ]


def read_description(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What `model.export` wrote into a file about it.

    Args:
        path: str or `pathlib.Path` of a .onnx, .xml or .tflite file.

    Returns:
        dict of JSON values: the model's name, its classes, and its
        `signatures`, each with its inputs and outputs, and with its
        `deviation`, how far the file's answers are from Keras's.

    Raises:
        ValueError: if it is no file of a format, or kerasgen has not written
            it.
        ImportError: if the format's packages are not installed.

    Example:

    ```python
    path = model.export("vae.tflite", format="litert", quantize=True)
    about = kerasgen.serving.read_description(path)
    about["signatures"]["serving_default"]["deviation"]
    ```
    """
    try:
        return _LookedAt(pathlib.Path(path), replay.TIMEOUT, True).about
    except check.SkipRule as error:
        raise ValueError(f"{path} is {error}.") from error


def deviation(expected, found):
    """How far answers are from others; of numbers above 1, in parts of them.

    Of whole numbers it is the share of those that differ.

    Args:
        expected: dict from output name to array.
        found: dict of the same.

    Returns:
        float, infinite where one of two is not finite.

    Raises:
        RuntimeError: if names or shapes differ.
    """
    if set(found) != set(expected):
        raise RuntimeError(
            f"The file's outputs are {sorted(found)}, not {sorted(expected)}."
        )
    return max(
        _deviation(name, array, np.asarray(found[name]))
        for name, array in expected.items()
    )


def _deviation(name, expected, found):
    if expected.shape != found.shape:
        raise RuntimeError(
            f"The file gives {name!r} of shape {found.shape}, not "
            f"{expected.shape}."
        )
    if expected.dtype.kind != "f":
        return float(np.mean(expected != found))
    apart = np.abs(expected - found) / np.maximum(1, np.abs(expected))
    return float(np.nan_to_num(apart, nan=np.inf).max(initial=0.0))


@dataclasses.dataclass(frozen=True)
class _Signature:
    inputs: dict
    outputs: dict


class _LookedAt:
    """A file that rules are held against."""

    def __init__(self, path, timeout, is_own):
        self.path, self._timeout, self._is_own = path, timeout, is_own
        self.format = formats.by_path(path)
        if self.format is None or not path.is_file():
            raise ValueError(
                "Argument `path` must be a .onnx, .xml or .tflite file. "
                f"Received: path={str(path)!r}."
            )
        self.format.check_installed()
        try:
            self._file = self.format.model_file()(path)
            self._properties = self._file.properties()
        except Exception as error:  # What is damaged fails in many ways.
            raise ValueError(
                f"{path} is no {self.format.title} file that can be read: "
                f"{type(error).__name__}: {str(error)[:300]}"
            ) from error

    def foreign_operations(self):
        return self._file.foreign_operations()

    @functools.cached_property
    def signatures(self):
        """What the file says it takes and returns, as a `SavedModel` has it."""
        if self.foreign_operations():
            raise check.SkipRule("not loaded: it has operations of others")
        found = self._file.signatures()
        return {name: _Signature(*both) for name, both in found.items()}

    @functools.cached_property
    def about(self):
        if DESCRIPTION not in self._properties:
            raise check.SkipRule("not described: kerasgen has not written this")
        return description.parsed(self._properties[DESCRIPTION], self.path)

    def fields(self, name):
        return self.about["signatures"][name]

    @functools.cached_property
    def recorded(self):
        """The recorded (inputs, outputs) by signature."""
        if ANSWERS not in self._properties:
            raise check.SkipRule("not recorded: kerasgen has not written this")
        archive = base64.b64decode(self._properties[ANSWERS], validate=True)
        return replay.unpacked(io.BytesIO(archive), "what is recorded")

    @functools.cached_property
    def answers(self):
        """An answer, or a `RuntimeError`, by the name of the signature."""
        requests = {name: inputs for name, (inputs, _) in self.recorded.items()}
        for name, inputs in requests.items():
            for fault in check.misfits(self, name, inputs):
                raise ValueError(fault)
        if not self._is_own:
            return apart.answers(
                self.format, self.path, requests, self._timeout
            )
        return {n: self._file.run(n, inputs) for n, inputs in requests.items()}


# === Rules: each takes what is looked at, and yields faults ===


def _operations(file):
    for name in sorted(file.foreign_operations()):
        yield f"{name} is none of {file.format.title}"


def _types(file):
    for name, signature in file.signatures.items():
        for side in (signature.inputs, signature.outputs):
            for key, tensor in side.items():
                if tensor.dtype not in _DTYPES:
                    yield f"{name!r} {key!r} is {tensor.dtype}"


def _is_described(file):
    described = file.about["signatures"]
    if set(described) != set(file.signatures):
        yield (
            f"it has {', '.join(file.signatures)}, and describes "
            f"{', '.join(described)}"
        )
        return
    for name, signature in file.signatures.items():
        for side in ("inputs", "outputs"):
            found, said = getattr(signature, side), described[name][side]
            for key in sorted(set(found) ^ set(said)):
                yield f"{name!r} has {key!r} in one of file and description"
            for key in set(found) & set(said):
                if found[key].shape != tuple(said[key]["shape"]):
                    yield (
                        f"{name!r} {key!r} is of shape {found[key].shape}, not "
                        f"{tuple(said[key]['shape'])}"
                    )


def _answers_examples(file):
    for name in sorted(set(file.signatures) - set(file.recorded)):
        yield f"nothing was recorded of {name!r}"
    for name, answer in file.answers.items():
        yield from check.failures(name, answer, file.fields(name)["outputs"])


def _answers_as_keras(file):
    tolerances = description.tolerances_in(file.about)
    for name, (_, expected) in file.recorded.items():
        answer = file.answers[name]
        if isinstance(answer, RuntimeError):
            continue  # The rule above says so.
        allowed = TOLERANCE * tolerances.get(name, 1.0)
        if file.about.get("is_quantized"):
            allowed = max(allowed, _SLACK * file.fields(name)["deviation"])
        try:
            found = deviation(expected, answer)
        except RuntimeError as error:
            yield f"{name!r}: {error}"
            continue
        if not found <= allowed:
            yield f"{name!r} is {found:.2g} off, more than {allowed:.2g}"


_RULES = [
    ("only operations of the format", _operations),
    ("inputs and outputs have names", check.unnamed),
    ("inputs and outputs are batch-first", check.not_batch_first),
    ("numbers of types that all runtimes have", _types),
    ("signatures are as described", _is_described),
    ("examples of each signature are answered", _answers_examples),
    ("answers are those of Keras", _answers_as_keras),
]
