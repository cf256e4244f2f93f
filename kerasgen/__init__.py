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
import sys
from typing import TYPE_CHECKING

from kerasgen.import_hook import ModelsWithKeras
from kerasgen.name_clash import warn_of_other_kerasgen
from kerasgen.version import __version__ as __version__

if TYPE_CHECKING:
    from kerasgen import callbacks as callbacks
    from kerasgen import data as data
    from kerasgen import distribution as distribution
    from kerasgen import layers as layers
    from kerasgen import losses as losses
    from kerasgen import metrics as metrics
    from kerasgen import models as models
    from kerasgen import networks as networks
    from kerasgen import plotting as plotting
    from kerasgen import recipes as recipes
    from kerasgen import samplers as samplers
    from kerasgen import serving as serving
    from kerasgen import tasks as tasks
    from kerasgen.loading import load as load
    from kerasgen.models import *  # noqa: F403

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
    "samplers",
    "serving",
    "tasks",
)


def __getattr__(name: str) -> object:
    if name in _FOLDERS:
        return importlib.import_module(f"kerasgen.{name}")
    if name == "load":
        return importlib.import_module("kerasgen.loading").load
    if name.startswith("__"):
        # Python asks for these by itself, `__path__` among them.
        raise AttributeError(f"module 'kerasgen' has no attribute {name!r}")
    exported = _exported()
    if name in exported:
        return getattr(importlib.import_module("kerasgen.models"), name)
    from kerasgen.utils.arguments import did_you_mean

    hint = did_you_mean(name, [*exported, *_FOLDERS, "load"])
    raise AttributeError(f"module 'kerasgen' has no attribute {name!r}.{hint}")


def __dir__() -> list[str]:
    return sorted(["__version__", "load", *_FOLDERS, *_exported()])


def _exported() -> list[str]:
    """Names of the models, and of what goes with them."""
    models = importlib.import_module("kerasgen.models")
    return [name for name in models.__all__ if name != "MODELS"]


warn_of_other_kerasgen()
_finder = ModelsWithKeras()
sys.meta_path.insert(0, _finder)
_finder.import_models()
