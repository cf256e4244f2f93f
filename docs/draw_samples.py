"""Draws the samples on the pages of models that are not in saved_models.

    python docs/draw_samples.py            # of those that have none yet
    python docs/draw_samples.py wgan idec  # of these, again

Each is trained by its recipe for digits, a minute or two on two cores; those
between two domains as `generators.models` says, for some minutes.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

from generators import models

from kerasgen.models import MODELS


def draw(name):
    """Trains a model and keeps the picture of its samples."""
    with tempfile.TemporaryDirectory() as scratch:
        run = pathlib.Path(scratch, name)
        command = [sys.executable, "-m", "kerasgen", "train", name]
        picture = f"{name}_digits.png"
        if name in models.TRANSLATIONS:
            command += models.TRANSLATIONS[name][0].split()
            picture = f"{name}.png"
        subprocess.run([*command, "--run-dir", str(run)], check=True)
        models.PICTURES.mkdir(exist_ok=True)
        shutil.copy(run / "samples.png", models.PICTURES / picture)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of models")
    names = parser.parse_args().names
    if unknown := set(names) - set(MODELS):
        parser.error(f"no models: {', '.join(sorted(unknown))}")
    for name in names or MODELS:
        if names or models.picture(name) is None:
            draw(name)


if __name__ == "__main__":
    main()
