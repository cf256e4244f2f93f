"""Arrays of PyTorch's files, without PyTorch.

`torch.save` writes a pickle, which may run any code when it is read. Here it
may make dictionaries and arrays, and all else is refused.
"""

import collections
import io
import math
import pathlib
import pickle
import struct
import zipfile
from typing import IO
from typing import Any

import numpy as np

# What files begin with: zip archives, and those that PyTorch wrote before its
# version 1.6, by their first number.
_ZIP = b"PK\x03\x04"
_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {
    "HalfStorage": "<f2",
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "IntStorage": "<i4",
    "LongStorage": "<i8",
}


def read_state_dict(path: str | pathlib.Path) -> dict[str, np.ndarray]:
    """The arrays of a state dict that `torch.save` wrote.

    Args:
        path: str or `pathlib.Path` of a `.pth` or `.pt` file, of either format
            of PyTorch.

    Returns:
        dict from names to arrays.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is none of PyTorch, is damaged, or holds anything
            but named arrays.
    """
    path = pathlib.Path(path)
    try:
        with path.open("rb") as stream:
            is_archive = stream.read(len(_ZIP)) == _ZIP
            stream.seek(0)
            found = (_read_archive if is_archive else _read_legacy)(stream)
        if not isinstance(found, dict):
            raise ValueError(f"it holds a {type(found).__name__}")
        return {
            str(name): _as_array(name, value) for name, value in found.items()
        }
    except OSError:
        raise
    # Whatever bytes that are no such file make a reader stumble over.
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as a state dict of PyTorch ({error}). It "
            "must be what `torch.save(model.state_dict(), path)` writes."
        ) from error


def _as_array(name, value):
    if not isinstance(value, _Tensor):
        raise ValueError(f"{name} is no tensor but a {type(value).__name__}")
    return value.as_array()


class _Tensor:
    """A tensor whose storage may be read later."""

    def __init__(self, storage, offset, shape, strides, *_):
        self.storage, self.offset = storage, offset
        self.shape, self.strides = shape, strides

    def as_array(self):
        """A copy, as long as it lies in its storage."""
        storage, number = self.storage.array, math.prod(self.shape)
        steps = [(n - 1) * step for n, step in zip(self.shape, self.strides)]
        numbers = self.offset, *self.shape, *self.strides
        if (
            len(self.shape) != len(self.strides)
            or any(type(n) is not int or n < 0 for n in numbers)
            or number > len(storage)
            or (number and self.offset + sum(steps) >= len(storage))
        ):
            raise ValueError("a tensor is not within its storage")
        return np.lib.stride_tricks.as_strided(
            storage[self.offset :],
            self.shape,
            [step * storage.itemsize for step in self.strides],
        ).copy()


class _Storage:
    """Numbers that tensors are views of."""

    def __init__(self, dtype, size):
        self.dtype, self.size = np.dtype(dtype), size
        self.array = None

    def fill(self, content):
        self.array = np.frombuffer(content, self.dtype)
        if len(self.array) != self.size:
            raise ValueError("a storage is not of the size that the file says")


class _Unpickler(pickle.Unpickler):
    """One that makes dictionaries and tensors only."""

    def __init__(self, stream):
        super().__init__(stream)
        self.storages = {}

    def find_class(self, module, name):
        """What a pickle may call, by its name."""
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(
            f"it asks for {module}.{name}, which is no array"
        )

    def persistent_load(self, pid):
        """A storage, which the pickle has by a name."""
        kind, dtype, key, _, size, *view = pid
        if kind != "storage" or any(part is not None for part in view):
            raise pickle.UnpicklingError("it has views that are not known")
        return self.storages.setdefault(str(key), _Storage(dtype, size))


def _read_archive(stream: IO[bytes]) -> Any:
    """What a zip archive holds, as PyTorch writes it since its version 1.6."""
    with zipfile.ZipFile(stream) as archive:
        # Stored as they are, members are no larger than the file.
        if any(member.compress_type for member in archive.infolist()):
            raise ValueError("it is compressed, as PyTorch does not")
        [pickled] = [
            name for name in archive.namelist() if name.endswith("/data.pkl")
        ]
        folder = pickled.removesuffix("data.pkl")
        order = f"{folder}byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise ValueError("its numbers are not little-endian")
        unpickler = _Unpickler(io.BytesIO(archive.read(pickled)))
        found = unpickler.load()
        for key, storage in unpickler.storages.items():
            storage.fill(archive.read(f"{folder}data/{key}"))
    return found


def _read_legacy(stream: IO[bytes]) -> Any:
    """What a row of pickles holds, with the storages after it."""
    if _Unpickler(stream).load() != _MAGIC:
        raise ValueError("it does not begin as its files do")
    _Unpickler(stream).load()  # The version of the format.
    if not _Unpickler(stream).load().get("little_endian", True):
        raise ValueError("its numbers are not little-endian")
    unpickler = _Unpickler(stream)
    found = unpickler.load()
    for key in _Unpickler(stream).load():
        storage = unpickler.storages[key]
        (size,) = struct.unpack("<q", stream.read(8))
        if size != storage.size:
            raise ValueError("a storage is not of the size that the file says")
        storage.fill(stream.read(size * storage.dtype.itemsize))
    return found
