"""`.keras` files of strangers: their sizes are read before their contents.

Keras refuses what would run code, and what inflates to more than 4 GiB. Less
than that can end a process too, and a configuration of a few bytes can ask for
any number of weights. Sound files hold each weight that a model has, and Keras
does not compress them: what is far beyond a file's size is refused.
"""

import contextlib
import copy
import json
import math
import os
import pathlib
import sys
import threading
import zipfile

# The variable that raises the limit, and what a file may hold without it: so
# many times its size, and what small files may hold in any case.
LIMIT_VARIABLE = "KERASGEN_MAX_MODEL_BYTES"
_TIMES, _SMALL = 4, 2**26
_WEIGHTS = "model.weights.h5"
_MEMBERS = ("metadata.json", "config.json", _WEIGHTS)
_MAX_WORDS = 300
_CHUNK = 2**20
# While a model is loaded, Keras makes variables in another way. A model may
# hold another, which its thread loads then.
_loading = threading.RLock()


def load_model(path, compile=True):
    """`keras.saving.load_model`, with sizes checked and faults in words.

    Args:
        path: str or `pathlib.Path` of a `.keras` file.
        compile: bool. Whether to compile the model, if the file says how.

    Returns:
        `keras.Model`.

    Raises:
        ValueError: names the file, if it is none of Keras, holds more than its
            size allows (see `KERASGEN_MAX_MODEL_BYTES`), or cannot be loaded.
    """
    import keras

    path = pathlib.Path(path)
    limit = _limit(path)
    try:
        _check_archive(path, limit)
        with _limited_weights(limit):
            return keras.saving.load_model(path, compile=compile)
    except _TooLarge as error:
        raise ValueError(
            f"{path} must not hold more than {limit:,} bytes, by its size. "
            f"Received: {error}. If you trust it, raise the limit by "
            f"{LIMIT_VARIABLE}."
        ) from error
    # Whatever a broken file makes Keras, h5py or a layer stumble over.
    except Exception as error:
        raise ValueError(
            f"{path} cannot be loaded as a model ({_in_short(error)}). It may "
            "be damaged, or be of a program that this one does not know: make "
            "it anew, or import what it was made with first."
        ) from error


class _TooLarge(Exception):
    """Says what is."""


def _limit(path):
    given = os.environ.get(LIMIT_VARIABLE)
    if not given:
        return _TIMES * path.stat().st_size + _SMALL
    if not given.isdecimal():
        raise ValueError(
            f"The variable {LIMIT_VARIABLE} must be a number of bytes, such as "
            f"8000000000. Received: {given}."
        )
    return int(given)


def _check_archive(path, limit):
    if not zipfile.is_zipfile(path):
        raise ValueError("it is no .keras file, which is a zip archive")
    with zipfile.ZipFile(path) as archive:
        missing = set(_MEMBERS) - set(archive.namelist())
        if missing:
            raise ValueError(f"it has no {' and no '.join(sorted(missing))}")
        size = sum(member.file_size for member in archive.infolist())
        if size > limit:
            raise _TooLarge(f"an archive that inflates to {size:,} bytes")
        for name in archive.namelist():
            _check_member(archive, name)
        if not isinstance(json.loads(archive.read("config.json")), dict):
            raise ValueError("its config.json is no object")
        with archive.open(_WEIGHTS) as stream:
            _check_weights(stream, limit)


def _check_member(archive, name):
    """Raises for a member that is longer, or another, than the archive says.

    Python reads it whole, and cuts it off then.
    """
    member = copy.copy(archive.getinfo(name))
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"its {name} is compressed in a way that Keras is not")
    declared, found = member.file_size, 0
    # Else no more than the declared size would be seen.
    member.file_size = sys.maxsize
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            found += len(chunk)
            if found > declared:
                break
    if found != declared:
        raise ValueError(f"its {name} is not of the size that the archive says")


def _check_weights(stream, limit):
    """Raises for arrays that inflate, or that are declared and not there."""
    import h5py

    total = 0

    def add(_, item):
        nonlocal total
        if isinstance(item, h5py.Dataset):
            total += math.prod(item.shape) * item.dtype.itemsize
            if total > limit:
                raise _TooLarge(f"weights that inflate to {total:,} bytes")

    with h5py.File(stream, "r") as file:
        file.visititems(add)


@contextlib.contextmanager
def _limited_weights(limit):
    """Raises before variables are made that together exceed a limit."""
    import keras

    variable = keras.Variable
    loader = threading.get_ident()
    total = 0

    def make_if_small(self, initializer, shape=None, *args, **kwargs):
        nonlocal total
        # What others train meanwhile is none of the file.
        if threading.get_ident() == loader:
            total += 4 * math.prod(shape or ())
            if total > limit:
                raise _TooLarge(
                    f"a configuration that asks for {total:,} bytes of weights"
                )
        make(self, initializer, shape, *args, **kwargs)

    with _loading:
        make = variable.__init__
        # Of a base class, in Keras on TensorFlow: there it stays what it is.
        is_own = "__init__" in vars(variable)
        variable.__init__ = make_if_small
        try:
            yield
        finally:
            if is_own:
                variable.__init__ = make
            else:
                del variable.__init__


def _in_short(error):
    """The first line of an error, which may quote a whole configuration."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if isinstance(error, KeyError):
        lines = [f"it has no {lines[0]}"]
    first = lines[0]
    return first if len(first) <= _MAX_WORDS else f"{first[:_MAX_WORDS]}..."
