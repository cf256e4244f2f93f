"""The check that Keras runs on TensorFlow."""

import os

_FIX = (
    "Set it before Keras is imported: `export KERAS_BACKEND=tensorflow` in the "
    'shell, `os.environ["KERAS_BACKEND"] = "tensorflow"` in Python, or '
    '`"backend": "tensorflow"` in ~/.keras/keras.json.'
)


def require_tensorflow_backend():
    """Raises an error that says how to choose TensorFlow, where it is not.

    Raises:
        RuntimeError: if Keras runs on another backend, or is set to run on
            one that is not installed.
    """
    try:
        import keras
    except ImportError as error:
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        if error.name in ("jax", "torch", "openvino"):
            backend = error.name
        if backend == "tensorflow":
            raise
        raise _wrong_backend(backend) from error
    if keras.config.backend() != "tensorflow":
        raise _wrong_backend(keras.config.backend())


def _wrong_backend(backend):
    return RuntimeError(
        "kerasgen needs Keras to run on TensorFlow. "
        f"Received: backend={backend!r}. {_FIX}"
    )
