"""ONNX files, which ONNX Runtime and others run, in browsers too."""

import numpy as np
import onnx
import onnxruntime
from onnx.external_data_helper import uses_external_data

from kerasgen.serving.formats.interface import ModelFile
from kerasgen.serving.formats.interface import Tensor
from kerasgen.serving.formats.interface import plain_name
from kerasgen.serving.formats.interface import with_names_of_their_own

# Of 2022, which the runtimes of browsers and phones read.
_OPSET = 18
_DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}


class OnnxFile(ModelFile):
    """An ONNX file; see `ModelFile`. It holds one signature."""

    def __init__(self, path):
        super().__init__(path)
        self._model = onnx.load(path, load_external_data=False)
        self._session = None

    @staticmethod
    def write(traces, path, folder, quantize):
        # It imports TensorFlow, without which a file is read and run.
        import tf2onnx.convert

        [(name, function)] = traces.items()
        specs = function.input_signature
        model, _ = tf2onnx.convert.from_function(
            with_names_of_their_own(function), specs, opset=_OPSET
        )
        model.graph.name = name
        for value in (*model.graph.input, *model.graph.output):
            # tf2onnx makes up another word for the rows of each.
            value.type.tensor_type.shape.dim[0].dim_param = "batch"
        path.write_bytes(model.SerializeToString())

    def properties(self):
        return {entry.key: entry.value for entry in self._model.metadata_props}

    def annotate(self, properties):
        onnx.helper.set_model_props(self._model, properties)
        self.path.write_bytes(self._model.SerializeToString())

    def foreign_operations(self):
        found = set()
        for node in _nodes(self._model.graph):
            if node.domain not in _DOMAINS or not onnx.defs.has(
                node.op_type, node.domain
            ):
                found.add(node.op_type)
        # The runtime would read any file that is named.
        if any(map(uses_external_data, _tensors(self._model.graph))):
            found.add("data of another file")
        return found

    def signatures(self):
        graph = self._model.graph
        weights = {tensor.name for tensor in graph.initializer}
        inputs = {
            value.name: _tensor(value)
            for value in graph.input
            if value.name not in weights
        }
        outputs = {
            plain_name(value.name, inputs): _tensor(value)
            for value in graph.output
        }
        return {graph.name: (inputs, outputs)}

    def run(self, signature, inputs):
        names = [value.name for value in self._model.graph.output]
        found = self._loaded().run(names, dict(inputs))
        return dict(zip((plain_name(name, inputs) for name in names), found))

    def _loaded(self):
        if self._session is None:
            self._session = onnxruntime.InferenceSession(
                self._model.SerializeToString(),
                providers=["CPUExecutionProvider"],
            )
        return self._session


def _tensor(value):
    described = value.type.tensor_type
    dtype = onnx.helper.tensor_dtype_to_np_dtype(described.elem_type)
    shape = tuple(
        size.dim_value if size.HasField("dim_value") else None
        for size in described.shape.dim
    )
    return Tensor(np.dtype(dtype).name, shape)


def _tensors(graph):
    """The numbers that a graph holds, and those within its loops."""
    for inner in _graphs(graph):
        yield from inner.initializer
        for sparse in inner.sparse_initializer:
            yield from (sparse.values, sparse.indices)
        for node in inner.node:
            for attribute in node.attribute:
                yield from (attribute.t, *attribute.tensors)


def _nodes(graph):
    """The nodes of a graph, and of those within its loops."""
    for inner in _graphs(graph):
        yield from inner.node


def _graphs(graph):
    """A graph, and those within its loops."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _graphs(inner)
