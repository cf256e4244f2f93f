"""What stands in for libraries of trackers, and keeps what they are told."""

import types

import numpy as np
from PIL import Image


class Calls(list):
    """Calls of a library that stands in, as (name, arguments, options)."""

    def __getattr__(self, name):
        def call(*arguments, **options):
            self.append((name, arguments, options))

        return call

    def of(self, name):
        return [(a, o) for called, a, o in self if called == name]


def wandb(calls):
    """What `wandb` is asked for; a run is an object of its own."""

    def init(**options):
        calls.append(("init", (), options))
        if options["id"] == "gone":
            raise library.errors.UsageError("no such run")
        run = types.SimpleNamespace(
            id=options["id"] or "made_up", summary=types.SimpleNamespace()
        )
        for name in ("define_metric", "log", "finish"):
            setattr(run, name, getattr(calls, name))
        run.summary.update = calls.summary
        return run

    library = types.ModuleType("wandb")
    library.init = init
    library.Image = lambda path: np.asarray(Image.open(path))
    library.Html = lambda text: text
    error = type("UsageError", (Exception,), {})
    library.errors = types.SimpleNamespace(UsageError=error)
    return library


def trackio(calls):
    """What `trackio` is asked for; functions are of the run that is open."""

    def init(**options):
        calls.append(("init", (), options))
        return types.SimpleNamespace(name=options["name"] or "made_up")

    library = types.ModuleType("trackio")
    library.init = init
    for name in ("log", "alert", "finish"):
        setattr(library, name, getattr(calls, name))
    library.Image = lambda path: np.asarray(Image.open(path))
    library.Html = lambda path: open(path).read()
    library.AlertLevel = types.SimpleNamespace(ERROR="error")
    return library
