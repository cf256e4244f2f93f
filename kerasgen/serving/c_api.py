"""Runs a SavedModel through TensorFlow's C library, without its Python.

The library is in TensorFlow's wheel. Nothing here imports `tensorflow`, and the
file runs as a script of its own, in a process that has never seen Keras:

    python c_api.py EXPORTED_DIR PLAN.json INPUTS.npz OUTPUTS.npz

The plan is a list of requests, each with the tensor names of its inputs and
outputs by name; the arrays of request `i` are called `i/name`, and what went
wrong with it stands under `i!`.
"""

import ctypes
import importlib.util
import json
import pathlib
import sys

import numpy as np

# `TF_DataType` of c/tf_datatype.h.
_STRING = 7
_DTYPES = {
    1: np.float32,
    2: np.float64,
    3: np.int32,
    4: np.uint8,
    9: np.int64,
    10: np.bool_,
}
_NUMBERS = {np.dtype(dtype): number for number, dtype in _DTYPES.items()}
_STRING_BYTES = 24  # Size of a `TF_TString`.


class _Output(ctypes.Structure):
    """`TF_Output`: an operation and which of its outputs."""

    _fields_ = [("operation", ctypes.c_void_p), ("index", ctypes.c_int)]


class Session:
    """A SavedModel that is loaded to be run.

    Args:
        folder: str or `pathlib.Path`. One version of an export.
        tag: str. The graph of it to load.

    Raises:
        RuntimeError: where the library cannot load or run it, with its words.

    Example:

    ```python
    session = Session("exports/vae_mnist/1")
    images, = session.run(
        {"serving_default_latents:0": latents}, ["StatefulPartitionedCall:0"]
    )
    ```
    """

    def __init__(self, folder, tag="serve"):
        self._library = _library()
        self._status = self._library.TF_NewStatus()
        self._graph = self._library.TF_NewGraph()
        tags = (ctypes.c_char_p * 1)(tag.encode())
        self._session = self._library.TF_LoadSessionFromSavedModel(
            self._library.TF_NewSessionOptions(),
            None,
            str(folder).encode(),
            tags,
            1,
            self._graph,
            None,
            self._status,
        )
        self._check()

    def run(self, inputs, outputs):
        """Fetches tensors.

        Args:
            inputs: dict from tensor name, such as `"x:0"`, to array.
            outputs: list of tensor names.

        Returns:
            list of arrays; of bytes where the tensor is of strings.
        """
        feeds = (_Output * len(inputs))(*map(self._output, inputs))
        fetches = (_Output * len(outputs))(*map(self._output, outputs))
        given = [self._tensor(array) for array in inputs.values()]
        found = (ctypes.c_void_p * len(outputs))()
        self._library.TF_SessionRun(
            self._session,
            None,
            feeds,
            (ctypes.c_void_p * len(given))(*given),
            len(given),
            fetches,
            found,
            len(found),
            None,
            0,
            None,
            self._status,
        )
        for tensor in given:
            self._library.TF_DeleteTensor(tensor)
        self._check()
        arrays = [self._array(tensor) for tensor in found]
        for tensor in found:
            self._library.TF_DeleteTensor(tensor)
        return arrays

    def _output(self, name):
        operation, index = name.rsplit(":", 1)
        found = self._library.TF_GraphOperationByName(
            self._graph, operation.encode()
        )
        if not found:
            raise RuntimeError(f"The graph has no operation {operation!r}.")
        return _Output(found, int(index))

    def _tensor(self, array):
        array = np.ascontiguousarray(array)
        is_strings = array.dtype.kind == "S"
        tensor = self._library.TF_AllocateTensor(
            _STRING if is_strings else _NUMBERS[array.dtype],
            (ctypes.c_int64 * array.ndim)(*array.shape),
            array.ndim,
            array.size * _STRING_BYTES if is_strings else array.nbytes,
        )
        data = self._library.TF_TensorData(tensor)
        if not is_strings:
            ctypes.memmove(data, array.ctypes.data, array.nbytes)
            return tensor
        for index, value in enumerate(array.flat):
            place = data + index * _STRING_BYTES
            self._library.TF_StringInit(place)
            self._library.TF_StringCopy(place, bytes(value), len(value))
        return tensor

    def _array(self, tensor):
        library = self._library
        shape = [
            library.TF_Dim(tensor, axis)
            for axis in range(library.TF_NumDims(tensor))
        ]
        data = library.TF_TensorData(tensor)
        dtype = library.TF_TensorType(tensor)
        if dtype == _STRING:
            places = range(int(np.prod(shape)))
            values = [self._bytes(data + i * _STRING_BYTES) for i in places]
            return np.array(values).reshape(shape)
        size = library.TF_TensorByteSize(tensor)
        flat = np.frombuffer(ctypes.string_at(data, size), _DTYPES[dtype])
        return flat.reshape(shape)

    def _bytes(self, place):
        return ctypes.string_at(
            self._library.TF_StringGetDataPointer(place),
            self._library.TF_StringGetSize(place),
        )

    def _check(self):
        if self._library.TF_GetCode(self._status):
            message = self._library.TF_Message(self._status)
            raise RuntimeError(message.decode(errors="replace"))


def library_files():
    """The files of TensorFlow's library; none where its wheel has no such."""
    spec = importlib.util.find_spec("tensorflow")
    folder = pathlib.Path(spec.submodule_search_locations[0])
    for ending in (".so.2", ".2.dylib"):
        names = [
            f"libtensorflow_{part}{ending}" for part in ("framework", "cc")
        ]
        files = [folder / name for name in names]
        if all(file.is_file() for file in files):
            return files
    return []


def _library():
    """TensorFlow's library, with the types of what is called here."""
    for file in library_files():
        library = ctypes.CDLL(str(file), ctypes.RTLD_GLOBAL)
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for name, result, arguments in (
        ("TF_NewStatus", pointer, []),
        ("TF_GetCode", number, [pointer]),
        ("TF_Message", ctypes.c_char_p, [pointer]),
        ("TF_NewGraph", pointer, []),
        ("TF_NewSessionOptions", pointer, []),
        (
            "TF_LoadSessionFromSavedModel",
            pointer,
            [pointer, pointer, ctypes.c_char_p, pointer, number]
            + [pointer, pointer, pointer],
        ),
        ("TF_StringInit", None, [pointer]),
        ("TF_StringCopy", None, [pointer, ctypes.c_char_p, ctypes.c_size_t]),
        ("TF_GraphOperationByName", pointer, [pointer, ctypes.c_char_p]),
        (
            "TF_SessionRun",
            None,
            [pointer, pointer, pointer, pointer, number, pointer, pointer]
            + [number, pointer, number, pointer, pointer],
        ),
        (
            "TF_AllocateTensor",
            pointer,
            [number, pointer, number, ctypes.c_size_t],
        ),
        ("TF_DeleteTensor", None, [pointer]),
        ("TF_TensorData", pointer, [pointer]),
        ("TF_TensorByteSize", ctypes.c_size_t, [pointer]),
        ("TF_TensorType", number, [pointer]),
        ("TF_NumDims", number, [pointer]),
        ("TF_Dim", ctypes.c_int64, [pointer, number]),
        ("TF_StringGetDataPointer", pointer, [pointer]),
        ("TF_StringGetSize", ctypes.c_size_t, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def main(folder, plan, inputs, outputs):
    """Runs every request of a plan."""
    requests = json.loads(pathlib.Path(plan).read_text())
    session = Session(folder)
    found = {}
    with np.load(inputs) as given:
        for number, names in enumerate(requests):
            feeds = {
                tensor: given[f"{number}/{name}"]
                for name, tensor in names["inputs"].items()
            }
            try:
                arrays = session.run(feeds, list(names["outputs"].values()))
            except RuntimeError as error:
                found[f"{number}!"] = np.array(str(error))
                continue
            for name, array in zip(names["outputs"], arrays):
                found[f"{number}/{name}"] = array
    np.savez(outputs, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
