"""Signatures -> a file of a format, whole or not at all."""

import base64
import math
import os
import pathlib
import tempfile
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from kerasgen.serving import check
from kerasgen.serving import description
from kerasgen.serving import replay
from kerasgen.serving import strict_json
from kerasgen.serving.formats import formats
from kerasgen.serving.formats import rules
from kerasgen.utils import files
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.tracing import traced

DEFAULT = "serving_default"


def export_file(
    signatures: Mapping[
        str, tuple[Callable[..., Any], Sequence[tf.TensorSpec]]
    ],
    examples: Mapping[str, npt.ArrayLike],
    about: Mapping[str, Any],
    path: str | os.PathLike[str],
    format: str,
    signature: str | None = None,
    quantize: bool = False,
) -> pathlib.Path:
    """Writes signatures to a file that another runtime than TensorFlow reads.

    It is written to a hidden neighbour, run in its runtime, compared with what
    Keras answers, and renamed.

    Args:
        signatures: dict from name to (function, list of `tf.TensorSpec`).
        examples: dict from name of an input to array of a few rows.
        about: dict of what else the file's metadata say. Its `signatures` have
            the kinds of inputs and outputs by signature.
        path: str or `pathlib.Path` that ends as the format's files do.
        format: str. `"onnx"`, `"openvino"` or `"litert"`.
        signature: str. The one of them to write. Defaults to
            `"serving_default"`, and in LiteRT to all of them.
        quantize: bool. Whether weights are stored in 8 bits, in LiteRT only.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: before anything is written, if an argument is none of these.
        ImportError: if the format's packages are not installed.
        NotImplementedError: if the format has no operation for something that
            the signatures do.
        RuntimeError: if the file's answers are not those of Keras; nothing is
            left of it.
        OSError: if `path` cannot be written to, or the disk is full.
    """
    path = pathlib.Path(path)
    chosen = formats.by_name(format)
    formats.check_path(path, chosen)
    if quantize and not chosen.can_quantize:
        raise ValueError(
            'Argument `quantize` must be False, but for format="litert". '
            f"Received: quantize={quantize!r}, format={format!r}."
        )
    names = list(signatures) if chosen.has_signatures else [DEFAULT]
    if signature is not None:
        check_choice("signature", signature, tuple(signatures))
        names = [signature]
    chosen.check_installed()
    traces = {name: traced(*signatures[name]) for name in names}
    about = {**about, "format": format, "is_quantized": bool(quantize)}
    with files.atomic_paths(
        [path.with_suffix(suffix) for suffix in chosen.suffixes]
    ) as scratches:
        _convert(chosen, traces, scratches[-1], quantize)
        _describe(chosen, _answers(traces, examples), about, scratches[-1])
        _check(chosen, scratches[-1])
    return path


def _convert(chosen, traces, path, quantize):
    model_file = chosen.model_file()
    with tempfile.TemporaryDirectory() as folder:
        try:
            model_file.write(traces, path, pathlib.Path(folder), quantize)
            missing = model_file(path).foreign_operations()
        except (OSError, MemoryError):
            raise
        # Converters raise exceptions of any kind for what they cannot do.
        except Exception as error:
            raise NotImplementedError(
                f"{chosen.title} cannot have {', '.join(traces)}: "
                f"{type(error).__name__}: {_first_line(error)}"
            ) from error
    if missing:
        raise NotImplementedError(
            f"{chosen.title} cannot have {', '.join(traces)}: it has no "
            f"operation {', '.join(sorted(missing))}."
        )


def _first_line(error):
    return str(error).strip().split("\n")[0][:300]


def _answers(traces, examples):
    """What Keras answers, as `replay.packed` takes it."""
    found = {}
    for name, function in traces.items():
        inputs = {
            spec.name: examples[spec.name] for spec in function.input_signature
        }
        outputs = function(*map(tf.constant, inputs.values()))
        found[name] = inputs, {k: rows.numpy() for k, rows in outputs.items()}
    return found


def _describe(chosen, answers, about, path):
    """Writes the metadata, with how far the file's answers are from Keras's."""
    file = chosen.model_file()(path)
    deviations = {
        name: rules.deviation(expected, file.run(name, inputs))
        for name, (inputs, expected) in answers.items()
    }
    for name, value in deviations.items():
        if not math.isfinite(value):
            raise RuntimeError(
                f"{chosen.title}'s file answers {name!r} with values that are "
                "not finite, and was not kept."
            )
    signatures = description.with_batch_axis(about["signatures"], answers)
    found = description.described(signatures, about)
    for name, value in deviations.items():
        found["signatures"][name]["deviation"] = value
    # Of its own session, so that the file is not in use.
    chosen.model_file()(path).annotate(
        {
            rules.DESCRIPTION: strict_json.dump(found).decode(),
            rules.ANSWERS: base64.b64encode(replay.packed(answers)).decode(),
        }
    )


def _check(chosen, path):
    findings = rules.check_file(path, is_own=True)
    if any(finding.faults for finding in findings):
        raise RuntimeError(
            f"{chosen.title}'s file has faults and was not kept:\n"
            f"{check.table(findings)}"
        )
