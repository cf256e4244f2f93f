"""The models; importing this registers them with Keras.

A file below that registers a model (`kerasgen.models.zoo.register`) is found
by itself.
"""

import importlib
import pkgutil
import typing

from kerasgen.utils.backend import require_tensorflow_backend

if typing.TYPE_CHECKING:

    def __getattr__(name: str) -> typing.Any: ...


def _import_models():
    require_tensorflow_backend()
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    engine = importlib.import_module("kerasgen.engine")
    zoo = importlib.import_module(f"{__name__}.zoo")
    base = importlib.import_module(f"{__name__}.generative_model")
    latent = importlib.import_module(f"{__name__}.latent_variable_model")
    latent_flow = importlib.import_module(f"{__name__}.flow.latent_flow")
    others = (
        base.GenerativeModel,
        engine.DivergenceError,
        engine.NotFiniteError,
        latent.LatentVariableModel,
        # Of a trained model, and so not for the command line.
        latent_flow.LatentFlow,
    )
    models = dict(sorted(zoo.MODELS.items()))
    named = {cls.__name__: cls for cls in (*models.values(), *others)}
    return {**named, "MODELS": models}


_NAMES = _import_models()
__all__ = sorted(_NAMES)
globals().update(_NAMES)
