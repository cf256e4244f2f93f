"""Folders that one process at a time writes to."""

import contextlib
import datetime
import json
import os
import pathlib
import socket
import weakref

try:
    import fcntl
except ImportError:  # Windows has no such locks.
    fcntl = None

# Beside what is written; it says who writes, and is gone when that is done.
FILE = ".lock"
# What this process holds, by its id, as a child made by a fork holds nothing:
# path -> (descriptor, how many times).
_held = {}


class FolderLock:
    """A folder's lock, which the operating system keeps.

    It ends with its process, however that ends; a file `.lock` that a killed
    process has left locks nothing. One process may hold it several times, so
    that a training which was broken off can be started again beside its rest.
    On Windows it locks nothing.

    Args:
        folder: str or `pathlib.Path`. Is made if need be, and removed in the
            end if it was and is still empty.
        task: str. What it is locked for, such as `"training"`, as others are
            told.

    Example:

    >>> import tempfile
    >>> with FolderLock(tempfile.mkdtemp(), "training"):
    ...     pass  # No other process gets this far.
    """

    def __init__(self, folder, task):
        self.folder = pathlib.Path(folder)
        self._task = task
        self._release = None

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *_):
        self.release()

    def acquire(self):
        """Takes the lock, unless this object has it already.

        Raises:
            BlockingIOError: if another process has it, with what is known of
                that.
            OSError: if the folder cannot be written to.
        """
        if self._release is not None and self._release.alive:
            return
        is_new = not self.folder.exists()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = str(self.folder.resolve() / FILE)
            # Windows would not rename a folder with an open file.
            if fcntl is not None:
                _acquire(path, self._task)
        except BlockingIOError as error:
            raise BlockingIOError(f"{self.folder} is in use: {error}") from None
        except OSError as error:
            raise type(error)(
                f"{self.folder} cannot be written to: {error.strerror}. Choose "
                "another folder, or make this one writable."
            ) from error
        self._release = weakref.finalize(self, _release, path, is_new)

    def release(self):
        """Gives the lock back, if this object has it."""
        if self._release is not None:
            self._release()

    @contextlib.contextmanager
    def released_on_error(self):
        """Gives the lock back if the block fails."""
        try:
            yield
        except BaseException:
            self.release()
            raise


def _acquire(path, task):
    key = os.getpid(), path
    descriptor, times = _held.get(key, (None, 0))
    if descriptor is None:
        descriptor = _open_locked(path)
        try:
            _write_holder(descriptor, task)
        except OSError:
            os.close(descriptor)
            raise
    _held[key] = descriptor, times + 1


def _release(path, is_new):
    key = os.getpid(), path
    descriptor, times = _held.pop(key, (None, 0))
    if times > 1:
        _held[key] = descriptor, times - 1
        return
    if times == 1:
        # Before it is unlocked: afterwards the file may be another's. So it is
        # if the folder was moved away, and another is in its place.
        with contextlib.suppress(OSError):
            if _is_at(descriptor, path):
                os.unlink(path)
        os.close(descriptor)
    if is_new:
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(path))


def _open_locked(path):
    """A descriptor of the locked file; raises `BlockingIOError` at once."""
    # A link would have another file overwritten.
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    while True:
        descriptor = os.open(path, flags, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 2**16)
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise BlockingIOError(_described(holder)) from None
            raise
        if _is_at(descriptor, path):
            return descriptor
        # Its holder has removed it since it was opened.
        os.close(descriptor)


def _is_at(descriptor, path):
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _write_holder(descriptor, task):
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.datetime.now().astimezone().isoformat(" ", "seconds"),
        "task": task,
    }
    os.ftruncate(descriptor, 0)
    os.write(descriptor, json.dumps(holder).encode())


def _described(holder):
    """Who has the lock, in a sentence."""
    try:
        known = json.loads(holder)
        return (
            f"process {known['pid']} on {known['host']} has it since "
            f"{known['since']}, for {known['task']}. Wait until it is done, "
            "end it, or choose another folder."
        )
    except (ValueError, TypeError, KeyError):
        # It has just been taken.
        return (
            "another process has it. Wait until it is done, or choose another "
            "folder."
        )
