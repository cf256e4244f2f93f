"""How far a long task is."""

import sys

_WIDTH = 24


def show_progress(done, number, name=""):
    """Draws a bar on standard error, over the one before.

    Args:
        done: int. Steps that are done.
        number: int. Steps in all.
        name: str. What is done next.
    """
    filled = _WIDTH * done // number
    bar = "━" * filled + " " * (_WIDTH - filled)
    end = "\n" if done == number else ""
    sys.stderr.write(f"\r{bar} {done}/{number} {name[:44]:44}{end}")
    sys.stderr.flush()


def default_progress(progress):
    """A function to tell progress to: the given one, or a bar on a terminal."""
    if progress is not None:
        return progress
    if sys.stderr.isatty():
        return show_progress
    return lambda done, number: None
