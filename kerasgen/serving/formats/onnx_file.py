"""ONNX files, which ONNX Runtime and others run, in browsers too."""

import onnx
import onnxruntime

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
        return found

    def signatures(self):
        session = self._loaded()
        inputs = {each.name: _tensor(each) for each in session.get_inputs()}
        outputs = {
            plain_name(each.name, inputs): _tensor(each)
            for each in session.get_outputs()
        }
        return {self._model.graph.name: (inputs, outputs)}

    def run(self, signature, inputs):
        session = self._loaded()
        names = [plain_name(o.name, inputs) for o in session.get_outputs()]
        return dict(zip(names, session.run(None, dict(inputs))))

    def _loaded(self):
        if self._session is None:
            # Of the bytes: beside them it looks for no other files.
            self._session = onnxruntime.InferenceSession(
                self._model.SerializeToString(),
                providers=["CPUExecutionProvider"],
            )
        return self._session


def _tensor(value):
    dtype = value.type.removeprefix("tensor(").removesuffix(")")
    shape = tuple(n if isinstance(n, int) else None for n in value.shape)
    return Tensor({"float": "float32"}.get(dtype, dtype), shape)


def _nodes(graph):
    """The nodes of a graph, and of those within its loops."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)
