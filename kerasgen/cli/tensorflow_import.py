"""TensorFlow without its messages at start-up."""

import contextlib
import logging
import os
import sys

from kerasgen.utils.backend import require_tensorflow_backend


@contextlib.contextmanager
def _no_stderr():
    """Sends what C++ code writes to standard error to nowhere."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def load_tensorflow(start=None):
    """Imports TensorFlow and Keras, and starts the devices, in silence.

    They log before any of their settings for logs applies, a page about
    libraries that may be missing. What fails still raises.

    Args:
        start: function that starts the devices once TensorFlow is there.
            Defaults to starting all.

    Returns:
        What `start` returns.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Through absl, libraries warn their developers, not our users.
    logging.getLogger("absl").setLevel(logging.ERROR)
    with _no_stderr():
        require_tensorflow_backend()
        import tensorflow as tf

        return (start or tf.config.list_logical_devices)()
