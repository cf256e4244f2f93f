"""Signatures -> a version folder of a SavedModel, whole or not at all."""

import errno
import os
import pathlib
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from kerasgen.serving import check
from kerasgen.serving import configurations
from kerasgen.serving import description
from kerasgen.serving import replay
from kerasgen.serving import warmup
from kerasgen.serving.versions import check_path
from kerasgen.serving.versions import keep_latest
from kerasgen.serving.versions import next_version
from kerasgen.serving.versions import versions
from kerasgen.utils import files
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.locks import FolderLock


def export(
    signatures: Mapping[
        str, tuple[Callable[..., Any], Sequence[tf.TensorSpec]]
    ],
    examples: Mapping[str, npt.ArrayLike],
    about: Mapping[str, Any],
    path: str | os.PathLike[str],
    version: int | None = None,
    keep: int | None = None,
) -> pathlib.Path:
    """Writes a new version of a SavedModel.

    It is written to a hidden neighbour, checked as `kerasgen check-export`
    does, flushed and renamed, so that a server that polls the folder never
    sees a part. Warm-up requests, a description of the signatures and answers
    of Keras to be compared with are in its `assets.extra`.

    Args:
        signatures: dict from name to (function, list of `tf.TensorSpec`).
        examples: dict from name of an input to array of a few rows; the first
            row is the request that warms a server up.
        about: dict of what else stands in `assets.extra/kerasgen.json`, such
            as the number of classes.
        path: str or `pathlib.Path`. Folder of the versions.
        version: int. Defaults to one more than the highest there is.
        keep: int. How many versions remain: the oldest go once the new one is
            in place, but none that the configuration of a server names.
            Defaults to all.

    Returns:
        `pathlib.Path` of the new version's folder.

    Raises:
        ValueError: if `version` or `keep` is no positive integer, or `path`
            has characters of patterns, which TensorFlow would not read as they
            are, or if versions are to go and labels cannot be read.
        FileExistsError: if the version is there already.
        BlockingIOError: if another process is exporting into `path`.
        OSError: if `path` cannot be written to, or the disk is full.
        RuntimeError: if the export has a fault; nothing is left of it.
    """
    path = pathlib.Path(path)
    check_path("path", path)
    if version is not None:
        check_positive_integer("version", version)
    if keep is not None:
        check_positive_integer("keep", keep)
        configurations.named_versions(path)  # Raises if labels are damaged.
    with FolderLock(path, "an export"):
        return _export(signatures, examples, about, path, version, keep)


def _export(signatures, examples, about, path, version, keep):
    found = versions(path)
    number = next_version(path) if version is None else version
    if number in found:
        raise _taken(path, number)
    files.remove_stale(path)
    try:
        with files.atomic_path(path / str(number)) as scratch:
            _write(signatures, examples, about, scratch)
            _check(scratch)
    except OSError as error:
        if not files.is_taken(error):
            raise
        if version is not None:
            raise _taken(path, version) from error
        # Something else has taken the number meanwhile.
        return _export(signatures, examples, about, path, None, keep)
    if keep is not None:
        keep_latest(path, keep, new=number)
    return path / str(number)


def _taken(path, version):
    return FileExistsError(
        f"Version {version} is in {path} already, and is not overwritten. "
        "Leave out `version` for the next free one."
    )


def _check(folder):
    findings = check.check_export(folder)
    if any(finding.faults for finding in findings):
        raise RuntimeError(
            "The export has faults and was not kept. Please report this, "
            f"with the model's arguments:\n{check.table(findings)}"
        )


def _write(signatures, examples, about, folder):
    # Not `keras.export.ExportArchive`, whose functions are attributes besides:
    # TensorFlow traces those a second time, and stores either graph.
    module, weights = tf.Module(), {}
    # By function: the default signature is one of the others too.
    traces, warm, answers = {}, {}, {}
    for name, (function, specs) in signatures.items():
        if function not in traces:
            traced = tf.function(function, input_signature=specs)
            traces[function] = traced.get_concrete_function()
        trace = traces[function]
        weights |= {id(weight): weight for weight in trace.variables}
        inputs = {spec.name: _plain(examples[spec.name]) for spec in specs}
        outputs = trace(*map(tf.constant, inputs.values()))
        warm[name] = {key: array[:1] for key, array in inputs.items()}
        answers[name] = (
            inputs,
            {key: _plain(tensor.numpy()) for key, tensor in outputs.items()},
        )
    try:
        module.weights = list(weights.values())
        tf.saved_model.save(
            module,
            str(folder),
            signatures={
                name: traces[function]
                for name, (function, _) in signatures.items()
            },
        )
    except tf.errors.ResourceExhaustedError as error:
        raise OSError(
            errno.ENOSPC, "The disk is full, and nothing was exported"
        ) from error
    description.write(folder, about)
    warmup.write(folder, warm)
    replay.write(folder, answers)


def _plain(array):
    """An array that NumPy writes without pickling: strings as bytes."""
    return array.astype("S") if array.dtype == object else array
