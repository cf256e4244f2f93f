"""Writes that are whole or absent."""

import contextlib
import errno
import json
import os
import pathlib
import shutil
import tempfile
import time

try:
    import fcntl
except ImportError:  # Windows has no such locks.
    fcntl = None

_SCRATCH = ".partial-"
# What a scratch folder is called until it is locked.
_UNLOCKED = ".new-"
# Seconds until a folder without a lock surely has no owner.
_GRACE = 60


@contextlib.contextmanager
def atomic_path(path):
    """Yields a scratch path that becomes `path` when the block succeeds.

    The scratch file or folder is a hidden neighbour of `path`, on the same
    file system, with the same ending. It is flushed and renamed at the end, so
    that a reader sees the old content or the new one, never a part.

    Args:
        path: str or `pathlib.Path`. Its parent folder is made if need be.

    Yields:
        `pathlib.Path` to write to.

    Example:

    >>> import pathlib, tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "note.txt"
    >>> with atomic_path(target) as scratch:
    ...     _ = scratch.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    with atomic_paths([path]) as [scratch]:
        yield scratch


@contextlib.contextmanager
def atomic_paths(paths):
    """Yields scratch paths of one folder, which become `paths` one by one.

    The first to be in place is the first of them; what reads the others should
    be the last.

    Args:
        paths: list of str or `pathlib.Path`, of one folder. See `atomic_path`.

    Yields:
        list of `pathlib.Path` to write to.
    """
    paths = [pathlib.Path(path) for path in paths]
    parent = paths[0].parent
    parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(parent) as folder:
        scratches = [folder / path.name for path in paths]
        yield scratches
        for scratch in scratches:
            _flush(scratch)
        if len(paths) > 1:
            # Better none than one that reads what belongs to the next.
            paths[-1].unlink(missing_ok=True)
        for scratch, path in zip(scratches, paths):
            os.replace(scratch, path)
        _flush_entry(parent)


@contextlib.contextmanager
def scratch_folder(parent):
    """Yields a hidden folder that is removed at the end.

    It is locked meanwhile, for `remove_stale` to tell it from those of
    processes that were killed.
    """
    unlocked = pathlib.Path(tempfile.mkdtemp(prefix=_UNLOCKED, dir=parent))
    with _locked(unlocked):
        name = unlocked.name.replace(_UNLOCKED, _SCRATCH)
        folder = unlocked.rename(unlocked.with_name(name))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def remove_folder(path):
    """Removes a folder: it is there whole, or not at all."""
    path = pathlib.Path(path)
    if path.is_dir():
        with scratch_folder(path.parent) as folder:
            os.replace(path, folder / path.name)


def remove_stale(parent):
    """Removes scratch folders whose processes were killed."""
    for folder in pathlib.Path(parent).glob(".*"):
        try:
            if _may_be_stale(folder):
                with _locked(folder):
                    shutil.rmtree(folder)
        except (BlockingIOError, FileNotFoundError):
            pass  # It is in use, or its owner has just removed it.


def _may_be_stale(folder):
    """Whether it is a scratch folder that is unused if it is not locked."""
    if not folder.name.startswith((_SCRATCH, _UNLOCKED)):
        return False
    if fcntl is not None and folder.name.startswith(_SCRATCH):
        return True
    return time.time() - folder.stat().st_mtime > _GRACE


@contextlib.contextmanager
def _locked(folder):
    """Holds a folder's lock, or raises `BlockingIOError` at once."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def is_taken(error):
    """Whether an `OSError` says that a folder of that name is there."""
    return error.errno in (errno.EEXIST, errno.ENOTEMPTY)


def _flush(path):
    """Brings a file, or a folder with all that is below it, to the disk."""
    for entry in (path, *path.rglob("*")):
        if entry.is_dir():
            _flush_entry(entry)
        else:
            with open(entry, "rb") as stream:
                os.fsync(stream.fileno())


def _flush_entry(folder):
    if os.name == "posix":  # Windows cannot open a folder to flush it.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_json(path, value):
    """Writes `value` as indented JSON, whole or not at all."""
    with atomic_path(path) as scratch:
        scratch.write_text(json.dumps(value, indent=2) + "\n")


def read_json(path):
    """The value of a JSON file.

    Raises:
        ValueError: names the file, if it is none.
    """
    try:
        return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    # A text can be nested deeper than Python goes.
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged, and no JSON: {error}.") from error
