"""SavedModels for TensorFlow Serving, and a client of it."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasgen.serving.check import check_export as check_export
    from kerasgen.serving.client import Client as Client
    from kerasgen.serving.exporter import export as export
    from kerasgen.serving.formats.exporter import export_file as export_file
    from kerasgen.serving.formats.rules import check_file as check_file
    from kerasgen.serving.formats.rules import (
        read_description as read_description,
    )
    from kerasgen.serving.server_config import (
        write_server_config as write_server_config,
    )

# Loaded when first used: the client needs no TensorFlow.
_FILES = {
    "Client": "client",
    "check_export": "check",
    "check_file": "formats.rules",
    "export": "exporter",
    "export_file": "formats.exporter",
    "read_description": "formats.rules",
    "write_server_config": "server_config",
}

__all__ = list(_FILES)


def __getattr__(name: str) -> object:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)
