"""How far a long task is."""

import os
import sys

_WIDTH = 24
# Lines of a whole task, where they cannot be drawn over each other.
_NUM_LINES = 10


def show_progress(done, number, name=""):
    """Draws a bar on standard error, over the one before.

    In a file or a pipe it is some ten lines in all, without a bar.

    Args:
        done: int. Steps that are done.
        number: int. Steps in all.
        name: str. What is done next.
    """
    if not is_terminal(sys.stderr):
        if _tenth(done, number) > _tenth(done - 1, number):
            sys.stderr.write(f"{done}/{number} {name}".rstrip() + "\n")
        return
    filled = _WIDTH * done // number
    bar = "━" * filled + " " * (_WIDTH - filled)
    end = "\n" if done == number else ""
    sys.stderr.write(f"\r{bar} {done}/{number} {name[:44]:44}{end}")
    sys.stderr.flush()


def _tenth(done, number):
    return _NUM_LINES * done // number


def default_progress(progress):
    """A function to tell progress to: the given one, or a bar on a terminal.

    A command, or who gives `show_progress`, has asked for lines in a file too;
    who calls a function without a word of it has not, and gets none there.
    """
    if progress is not None:
        return progress
    if is_terminal(sys.stderr):
        return show_progress
    return lambda done, number: None


def is_terminal(stream):
    """Whether what is written to a stream can be drawn over."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def wants_color():
    """Whether the user has not said otherwise (see https://no-color.org)."""
    return not os.environ.get("NO_COLOR")
