"""SavedModels for TensorFlow Serving, and a client of it."""

import importlib

# Loaded when first used: the client needs no TensorFlow.
_FILES = {
    "Client": "client",
    "check_export": "check",
    "export": "exporter",
    "write_server_config": "server_config",
}

__all__ = list(_FILES)


def __getattr__(name):
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)
