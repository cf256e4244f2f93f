"""LiteRT's files, TensorFlow Lite's of old, for phones and small devices."""

import importlib.util
import warnings

import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from kerasgen.serving.formats.interface import ModelFile
from kerasgen.serving.formats.interface import Tensor
from kerasgen.serving.formats.interface import write_saved_model

_DTYPES = {
    value: name.lower()
    for name, value in vars(schema.TensorType).items()
    if isinstance(value, int)
}


class LitertFile(ModelFile):
    """A .tflite file; see `ModelFile`. It holds all signatures, with names."""

    def __init__(self, path):
        super().__init__(path)
        self._bytes = path.read_bytes()
        self._model = flatbuffer_utils.convert_bytearray_to_object(self._bytes)
        self._interpreter = None

    @staticmethod
    def write(traces, path, folder, quantize):
        write_saved_model(traces, folder)
        # Of concrete functions it would lose the names of signatures.
        converter = tf.lite.TFLiteConverter.from_saved_model(
            str(folder), signature_keys=list(traces)
        )
        if quantize:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        path.write_bytes(converter.convert())

    def properties(self):
        return {
            entry.name.decode(): bytes(
                self._model.buffers[entry.buffer].data
            ).decode()
            for entry in self._model.metadata or []
            if entry.name.startswith(b"kerasgen")
        }

    def annotate(self, properties):
        for name, value in properties.items():
            entry, buffer = schema.MetadataT(), schema.BufferT()
            entry.name = name.encode()
            entry.buffer = len(self._model.buffers)
            buffer.data = value.encode()
            self._model.buffers.append(buffer)
            self._model.metadata = [*(self._model.metadata or []), entry]
        flatbuffer_utils.write_model(self._model, str(self.path))
        self._bytes = self.path.read_bytes()

    def foreign_operations(self):
        # TensorFlow's own operations are such too, and not on phones.
        return {
            code.customCode.decode()
            for code in self._model.operatorCodes
            if code.customCode
        }

    def signatures(self):
        found = {}
        for each in self._model.signatureDefs or []:
            tensors = self._model.subgraphs[each.subgraphIndex].tensors
            found[each.signatureKey.decode()] = tuple(
                {
                    entry.name.decode(): _tensor(tensors[entry.tensorIndex])
                    for entry in side
                }
                for side in (each.inputs, each.outputs)
            )
        return found

    def run(self, signature, inputs):
        return self._loaded().get_signature_runner(signature)(**inputs)

    def _loaded(self):
        if self._interpreter is None:
            self._interpreter = _interpreter(self._bytes)
        return self._interpreter


def _interpreter(model):
    """An interpreter of LiteRT's package, or else the one of TensorFlow."""
    if importlib.util.find_spec("ai_edge_litert") is not None:
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter(model_content=model)
    with warnings.catch_warnings():
        # TensorFlow advises the other package.
        warnings.simplefilter("ignore", UserWarning)
        return tf.lite.Interpreter(model_content=model)


def _tensor(tensor):
    # Sizes that may change stand in the signature alone.
    sizes = (
        tensor.shape
        if tensor.shapeSignature is None
        else (tensor.shapeSignature)
    )
    shape = tuple(None if size < 0 else int(size) for size in sizes)
    return Tensor(_DTYPES[tensor.type], shape)
