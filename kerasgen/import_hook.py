"""Imports the models as soon as Keras is loaded, and not before."""

import contextlib
import importlib
import importlib.abc
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class ModelsWithKeras(importlib.abc.MetaPathFinder):
    """Imports `kerasgen.models` once Keras and TensorFlow are loaded.

    `keras.saving.load_model` finds only classes that were imported, as that is
    what registers them. To import them at once would load TensorFlow, also for
    those who only ask a server. So whoever loads Keras loads them too.

    That must not happen while Keras or TensorFlow, which import each other, or
    a file of kerasgen are half loaded: the models could not import these then.
    """

    def __init__(self) -> None:
        self._being_loaded: set[str] = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """What others find, with a loader that tells when it is done."""
        is_watched = fullname in ("keras", "tensorflow")
        if not is_watched and not fullname.startswith("kerasgen."):
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _WatchedLoader(spec.loader, self)
                return spec
        return None

    @contextlib.contextmanager
    def loading(self, name: str) -> Iterator[None]:
        """A scope in which a module is half loaded."""
        self._being_loaded.add(name)
        try:
            yield
        finally:
            self._being_loaded.discard(name)
        self.import_models()

    def import_models(self) -> None:
        """Imports the models, if all that they need can be imported."""
        if self._being_loaded or not {"keras", "tensorflow"} <= {*sys.modules}:
            return
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        # On other backends the client of a server can be used, and no model.
        if sys.modules["keras"].config.backend() == "tensorflow":
            importlib.import_module("kerasgen.models")


class _WatchedLoader(importlib.abc.Loader):
    """The loader of a module, watched while it loads it."""

    def __init__(
        self, loader: importlib.abc.Loader, finder: ModelsWithKeras
    ) -> None:
        self._loader = loader
        self._finder = finder

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # Who looks at the module later finds the loader that it has by itself.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        with self._finder.loading(module.__name__):
            self._loader.exec_module(module)
