"""The check that Keras runs on TensorFlow."""


def require_tensorflow_backend():
    """Raises an error that says how to choose TensorFlow, where it is not.

    Raises:
        RuntimeError: if Keras runs on another backend.
    """
    import keras

    backend = keras.config.backend()
    if backend != "tensorflow":
        raise RuntimeError(
            "kerasgen needs Keras to run on TensorFlow. "
            f"Received: backend={backend!r}. Set it before Keras is imported: "
            "`export KERAS_BACKEND=tensorflow` in the shell, "
            '`os.environ["KERAS_BACKEND"] = "tensorflow"` in Python, or '
            '`"backend": "tensorflow"` in ~/.keras/keras.json.'
        )
