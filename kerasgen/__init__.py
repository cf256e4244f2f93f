"""kerasgen: generative and representation-learning models for Keras 3.

    import kerasgen

    data = kerasgen.data.load("digits", batch_size=64)
    model = kerasgen.VAE(data_shape=(8, 8, 1))
    model.compile()
    model.fit(data, epochs=20)
    images = model.generate(64, seed=0)

Models stand at the top; everything else by its folder (`kerasgen.data`,
`kerasgen.losses`, `kerasgen.callbacks`, ...), loaded when it is first used.
"""

import importlib
import os
import sys

from kerasgen.version import __version__ as __version__

_FOLDERS = (
    "callbacks",
    "data",
    "distribution",
    "layers",
    "losses",
    "metrics",
    "models",
    "networks",
    "plotting",
    "recipes",
    "serving",
    "tasks",
    "utils",
)


def __getattr__(name):
    if name in _FOLDERS:
        return importlib.import_module(f"kerasgen.{name}")
    if name == "load":
        return importlib.import_module("kerasgen.loading").load
    models = importlib.import_module("kerasgen.models")
    if name in models.__all__ and name != "MODELS":
        return getattr(models, name)
    from kerasgen.utils.arguments import did_you_mean

    hint = did_you_mean(name, [*models.__all__, *_FOLDERS])
    raise AttributeError(f"module 'kerasgen' has no attribute {name!r}.{hint}")


def __dir__():
    models = importlib.import_module("kerasgen.models")
    exported = [name for name in models.__all__ if name != "MODELS"]
    return sorted({*globals(), *_FOLDERS, *exported, "load"})


def _is_command_line():
    program = os.path.basename(sys.argv[0]) if sys.argv else ""
    if program == "-m":  # `python -m` has not found its module yet.
        return sys.orig_argv[sys.orig_argv.index("-m") + 1] == "kerasgen"
    return program in ("kerasgen", "kerasgen.exe")


# `keras.saving.load_model` finds the classes that are registered with Keras, so
# they must be imported. The command line imports them once it needs them, and
# answers `--help` before TensorFlow is loaded.
if not _is_command_line():
    importlib.import_module("kerasgen.models")
