"""A file run in a process of its own, which may crash or run for ever."""

import json
import os
import pathlib
import sys

import numpy as np

from kerasgen.serving.formats import formats


def answers(format, path, requests, timeout):
    """Runs signatures of a file in a fresh process.

    Args:
        format: `Format`.
        path: `pathlib.Path`.
        requests: dict from signature name to a dict from input name to array.
        timeout: float. Seconds that all of them may take together.

    Returns:
        dict from signature name to a dict from output name to array, or to the
        `RuntimeError` that it ended with.

    Raises:
        RuntimeError: if the runtime cannot load the file.
        TimeoutError: if there is no answer in time.
    """
    # It imports TensorFlow, which the other process need not wait for.
    from kerasgen.serving import replay

    arrays = {
        f"{name}/{key}": array
        for name, inputs in requests.items()
        for key, array in inputs.items()
    }
    command = [sys.executable, "-m", __name__, format.name, str(path)]
    found = replay.run_apart(
        command,
        list(requests),
        arrays,
        timeout,
        f"{format.runtime} cannot run {path}",
        {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    return {name: _answer(name, found) for name in requests}


def _answer(name, found):
    if f"{name}!" in found:
        return RuntimeError(str(found[f"{name}!"]))
    start = f"{name}/"
    return {
        place.removeprefix(start): array
        for place, array in found.items()
        if place.startswith(start)
    }


def main(format, path, plan, inputs, outputs):
    """What the process does; arguments as `replay.run_apart` gives them."""
    file = formats.by_name(format).model_file()(pathlib.Path(path))
    given, found = dict(np.load(inputs)), {}
    for name in json.loads(pathlib.Path(plan).read_text()):
        start = f"{name}/"
        rows = {
            place.removeprefix(start): array
            for place, array in given.items()
            if place.startswith(start)
        }
        try:
            answer = file.run(name, rows)
        except Exception as error:  # Of the runtime, of whatever kind.
            found[f"{name}!"] = str(error)[:1000]
        else:
            found |= {f"{name}/{key}": array for key, array in answer.items()}
    np.savez(outputs, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
