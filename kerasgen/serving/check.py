"""Whether a version can be served, before a server finds out."""

import dataclasses
import functools
import os
import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgen.serving import c_api
from kerasgen.serving import description
from kerasgen.serving import kinds
from kerasgen.serving import replay
from kerasgen.serving import safety
from kerasgen.serving import signature_specs
from kerasgen.serving import warmup
from kerasgen.serving.answers import ROUNDING
from kerasgen.serving.saved_model import SavedModel

# What JSON can hold in TensorFlow Serving, and every client understands.
REST_DTYPES = {"float32", "int32", "int64", "string", "bool"}
# Operations that change a variable, and that draw random numbers.
_CHANGE = re.compile(r".*Assign|Resource(Apply|Scatter|SparseApply)|Rng.*Skip")
_RANDOM = re.compile(
    r".*Random|.*TruncatedNormal|.*Multinomial|Rng|Stateful(Uniform|Standard)"
)
# What Keras and TensorFlow call what nobody named.
_UNNAMED = re.compile(r"(args|inputs?|outputs?|kwargs|x|unknown)(_\d+)*")
# Checkpoints store a few bytes besides the weights, such as a save counter.
_SPARE_BYTES = 1024


@dataclasses.dataclass(frozen=True)
class Finding:
    """What one rule says of a version.

    Attributes:
        rule: str. What must hold.
        faults: list of str, empty where it holds.
        skipped: str. Why it was not looked at, or empty.
    """

    rule: str
    faults: list
    skipped: str = ""


class SkipRule(Exception):
    """A rule says nothing of this export."""


def check_export(
    folder: str | os.PathLike[str], timeout: float = replay.TIMEOUT
) -> list[Finding]:
    """Looks a version over, and replays what was recorded with it.

    It may be a stranger's: all operations are looked at first, and a graph
    that does more than to compute is not run.

    Args:
        folder: str or `pathlib.Path` of one version of an export.
        timeout: float. Seconds that the graph may run, each time it is run:
            for all requests, or for those of each rule.

    Returns:
        list of `Finding`, one a rule.

    Raises:
        ValueError: if there is no SavedModel to read, or `timeout` is not
            above 0.
    """
    check_timeout(timeout)
    saved = SavedModel(folder)
    graph = _Graph(saved, timeout)
    return [
        *(finding_of(rule, faults(saved)) for rule, faults in _RULES),
        *(finding_of(rule, faults(saved, graph)) for rule, faults in _RUNS),
    ]


def check_timeout(timeout: float) -> None:
    """Raises `ValueError` unless seconds are above 0."""
    if not timeout > 0:
        raise ValueError(
            "Argument `timeout` must be above 0 seconds. Received: "
            f"timeout={timeout}."
        )


class _Graph:
    """What the graph answers, if it may be run.

    A process takes longer to start than to answer, so that one answers the
    requests of both rules, where it can.
    """

    def __init__(self, saved, timeout):
        self._saved = saved
        self._timeout = timeout
        self._answers_along = None

    @functools.cached_property
    def recorded(self):
        """What was recorded with the version, see `replay.read`."""
        return replay.read(self._saved.folder)

    def answers_to_warmup(self, requests):
        along = self._fitting_recorded_requests()
        try:
            found = self._run([*requests, *along])
        except RuntimeError:
            return self._run(requests)
        self._answers_along = found[len(requests) :] if along else None
        return found[: len(requests)]

    def answers_to_recorded(self, requests):
        return self._answers_along or self._run(requests)

    def _run(self, requests):
        if safety.faults(self._saved):
            raise SkipRule("not run: the graph does more than to compute")
        if not c_api.library_files():
            raise SkipRule("not run: this system's TensorFlow has no C library")
        return replay.answers(self._saved.folder, requests, self._timeout)

    def _fitting_recorded_requests(self):
        """Recorded requests; none where one is at fault, as its rule says."""
        try:
            recorded = _recorded_requests(self.recorded)
            faults = [misfits(self._saved, *request) for request in recorded]
        except Exception:  # The rule of recorded answers says which.
            return []
        return [] if any(map(list, faults)) else recorded


def finding_of(rule: str, faults: Iterable[str]) -> Finding:
    """The `Finding` of a rule, of an iterable of its faults."""
    found: list[str] = []
    skipped = ""
    try:
        found.extend(faults)
    except SkipRule as reason:
        skipped = str(reason)
    except Exception as error:  # What is damaged fails in many ways.
        found.append(f"{type(error).__name__}: {error}")
    return Finding(rule, found, skipped)


def table(findings: Sequence[Finding]) -> str:
    """Findings as lines of text."""
    lines = []
    for finding in findings:
        state = "FAULT" if finding.faults else "-" if finding.skipped else "ok"
        lines.append(f"{state:6}{finding.rule}")
        lines += [f"      - {fault}" for fault in finding.faults]
        lines += [f"      {finding.skipped}"] if finding.skipped else []
    return "\n".join(lines)


# === Rules: each takes a SavedModel and yields faults ===
# Those that run the graph get what asks it for answers, too.


def _tag(saved):
    if saved.tags != [{"serve"}]:
        yield f"there must be one graph, tagged 'serve'; tags: {saved.tags}"


def _has_default(saved):
    if not saved.signatures:
        yield "there is no signature"
    elif "serving_default" not in saved.signatures:
        yield f"the signatures are {', '.join(saved.signatures)}"


def unnamed(saved: SavedModel) -> Iterator[str]:
    """Faults of inputs and outputs that nobody named."""
    for place, name, _ in _tensors(saved):
        if _UNNAMED.fullmatch(name):
            yield f"{place} is called {name!r}, which says nothing"


def not_batch_first(saved: SavedModel) -> Iterator[str]:
    """Faults of inputs and outputs whose first axis is not the batch."""
    for place, name, tensor in _tensors(saved):
        if not tensor.shape or tensor.shape[0] is not None:
            yield f"{place} {name!r} has shape {tensor.shape}, not (None, ...)"


def _types(saved):
    for place, name, tensor in _tensors(saved):
        if tensor.dtype not in REST_DTYPES:
            yield f"{place} {name!r} is {tensor.dtype}"
    fields = signature_specs.from_metadata(saved.signature_defs())
    for signature, sides in fields.items():
        for name, field in sides["outputs"].items():
            # Texts are UTF-8, which JSON holds as it is.
            if (
                field["dtype"] == "string"
                and field["kind"] != "texts"
                and not name.endswith("_bytes")
            ):
                yield (
                    f"{signature!r} output {name!r} must end in '_bytes' to be "
                    "base64 in JSON"
                )


def _assigns(saved):
    for name in saved.signatures:
        found = set(filter(_CHANGE.match, saved.operations(name)))
        if found:
            yield f"{name!r} runs {', '.join(sorted(found))}"


def _computes(saved):
    yield from safety.faults(saved)


def _random_default(saved):
    default = saved.signatures.get("serving_default")
    # Where all that there is to ask for is samples, they are drawn by seeds.
    if default is not None and "seeds" not in default.inputs:
        operations = saved.operations("serving_default")
        found = set(filter(_RANDOM.match, operations))
        if found:
            yield f"it runs {', '.join(sorted(found))}"


def _weights(saved):
    read, stored = saved.weight_bytes()
    if stored > read + _SPARE_BYTES:
        yield f"{stored:,} bytes are stored, {read:,} are read by signatures"


def _warmup(saved, graph):
    if not (saved.folder / warmup.FILE).is_file():
        yield f"{warmup.FILE} is missing"
        return
    requests = warmup.read(saved.folder)
    if len(requests) > warmup.MAX_REQUESTS:
        yield f"there are {len(requests)}, and at most {warmup.MAX_REQUESTS}"
    names = [name for name, _ in requests]
    for name in sorted(set(saved.signatures) - set(names)):
        yield f"{name!r} has no request"
    fitting = []
    for name, inputs in requests:
        faults = list(misfits(saved, name, inputs))
        yield from faults
        fitting += [] if faults else [(name, inputs)]
    fields = signature_specs.from_metadata(saved.signature_defs())
    for (name, _), answer in zip(fitting, graph.answers_to_warmup(fitting)):
        yield from failures(name, answer, fields[name]["outputs"])


def misfits(
    saved: SavedModel, name: str, inputs: Mapping[str, np.ndarray]
) -> Iterator[str]:
    """Faults of a request that a signature cannot be given."""
    if name not in saved.signatures:
        yield f"a request is for {name!r}, which is no signature"
        return
    expected = saved.signatures[name].inputs
    if set(inputs) != set(expected):
        yield f"the request of {name!r} has inputs {sorted(inputs)}"
        return
    for key, array in inputs.items():
        yield from _misfit(f"{name!r} {key!r}", array, expected[key])


def failures(
    name: str,
    answer: Mapping[str, np.ndarray] | RuntimeError,
    fields: Mapping[str, Any],
) -> Iterator[str]:
    """Faults of an answer: an error, or values that are none of their kind."""
    if isinstance(answer, RuntimeError):
        yield f"the request of {name!r} fails: {answer}"
        return
    for key, array in answer.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            yield f"the request of {name!r} gives {key!r} that is not finite"
    try:
        kinds.check_bounds(fields, answer, ROUNDING)
    except ValueError as error:
        yield f"the request of {name!r} gives what its kind is not: {error}"


def _misfit(place, array, tensor):
    fits = tf.TensorShape(tensor.shape).is_compatible_with(array.shape)
    dtype = "string" if array.dtype.kind == "S" else array.dtype.name
    if dtype != tensor.dtype or not fits:
        yield (
            f"the request of {place} is {dtype}{array.shape}, not "
            f"{tensor.dtype}{tensor.shape}"
        )


def _replay(saved, graph):
    if not (saved.folder / replay.FILE).is_file():
        if (saved.folder / description.FILE).is_file():
            yield f"{replay.FILE} is missing"
            return
        raise SkipRule("not recorded: kerasgen has not written this")
    recorded = graph.recorded
    tolerances = description.tolerances(saved.folder)
    for name in sorted(set(saved.signatures) - set(recorded)):
        yield f"nothing was recorded of {name!r}"
    requests = _recorded_requests(recorded)
    for (name, (_, expected)), answer in zip(
        recorded.items(), graph.answers_to_recorded(requests)
    ):
        if isinstance(answer, RuntimeError):
            yield f"{name!r} fails: {answer}"
            continue
        difference = replay.difference(expected, answer)
        difference /= tolerances.get(name, 1.0)
        if not difference <= 1:
            yield f"{name!r} is {difference:.3g} tolerances off"


def _recorded_requests(recorded):
    return [(name, inputs) for name, (inputs, _) in recorded.items()]


def _tensors(saved):
    for name, signature in saved.signatures.items():
        for kind in ("inputs", "outputs"):
            for key, tensor in getattr(signature, kind).items():
                yield f"{name!r} {kind[:-1]}", key, tensor


_RULES = [
    ("only operations of TensorFlow that compute", _computes),
    ("one graph, to be served", _tag),
    ("a signature 'serving_default'", _has_default),
    ("inputs and outputs have names", unnamed),
    ("inputs and outputs are batch-first", not_batch_first),
    ("types that JSON can hold", _types),
    ("no signature changes a variable", _assigns),
    ("no random operation in 'serving_default'", _random_default),
    ("each weight is stored once, and no other", _weights),
]
# These run the graph.
_RUNS = [
    ("a warm-up request for each signature, which it answers", _warmup),
    ("answers are those of Keras", _replay),
]
