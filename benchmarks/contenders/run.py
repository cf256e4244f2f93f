"""One contender, in a process of its own; started by `throughput.py`."""

import argparse
import importlib
import pathlib

import numpy as np
from architectures import ARCHITECTURES
from architectures import LENGTH
from architectures import VOCABULARY
from rounds import Rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("module", help="of_kerasgen, of_keras, of_torch, ... beside this file")
    add("architecture", choices=ARCHITECTURES)
    add("--bfloat16", action="store_true")
    add("--compiled", action="store_true")
    add("--usual-convolutions", action="store_true")
    add("--images", type=pathlib.Path, help="file of an array")
    options = parser.parse_args()
    rounds = Rounds()
    images = None
    if options.images:
        images = np.load(options.images)
        images = images[: ARCHITECTURES[options.architecture].images]
        if ARCHITECTURES[options.architecture].is_text:
            images = as_tokens(images)
    try:
        contender = importlib.import_module(options.module)
        contender.train(
            ARCHITECTURES[options.architecture], images, rounds, options
        )
    except Exception as error:
        rounds.answer(error=f"{type(error).__name__}: {error}"[:500])
        raise


def as_tokens(images):
    """Random pixels as random tokens, a text an image."""
    pixels = images.reshape(len(images), -1)[:, :LENGTH]
    return (VOCABULARY * pixels).astype(np.int32)


if __name__ == "__main__":
    main()
