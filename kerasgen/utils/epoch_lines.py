"""Training that is shown: by a bar on a terminal, elsewhere by lines."""

import sys
import time

import keras

from kerasgen.utils.progress import is_terminal
from kerasgen.utils.progress import wants_color


class EpochLines(keras.callbacks.Callback):
    """Writes a line an epoch, for a file or a pipe.

    The bar of Keras would fill it with backspaces and colours.
    """

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        parts = [
            f"Epoch {epoch + 1}/{self.params['epochs']}",
            f"{time.perf_counter() - self._start:.1f}s",
            *(f"{name}: {value:.5g}" for name, value in (logs or {}).items()),
        ]
        sys.stdout.write(" - ".join(parts) + "\n")
        sys.stdout.flush()


def fit_output(verbose):
    """Arguments of `fit` that show the training where the output goes.

    Args:
        verbose: int or bool. 1 to show it; all else is left to Keras.

    Returns:
        (verbose, callbacks): an int for `fit`, and a list to add to its
        callbacks.
    """
    # Keras draws its bar in notebooks too, and in colours.
    draws = "ipykernel" in sys.modules or (
        is_terminal(sys.stdout) and wants_color()
    )
    if verbose != 1 or draws:
        return int(verbose), []
    return 0, [EpochLines()]
