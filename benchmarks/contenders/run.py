"""One contender, in a process of its own; started by `throughput.py`."""

import argparse
import importlib
import pathlib

import numpy as np
from architectures import ARCHITECTURES
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
    try:
        contender = importlib.import_module(options.module)
        contender.train(
            ARCHITECTURES[options.architecture], images, rounds, options
        )
    except Exception as error:
        rounds.answer(error=f"{type(error).__name__}: {error}"[:500])
        raise


if __name__ == "__main__":
    main()
