"""OpenVINO's files, a .xml with a .bin beside it."""

import openvino

from kerasgen.serving.formats.interface import ModelFile
from kerasgen.serving.formats.interface import Tensor
from kerasgen.serving.formats.interface import plain_name
from kerasgen.serving.formats.interface import with_names_of_their_own
from kerasgen.serving.formats.interface import write_saved_model

_SECTION = "kerasgen"
# By itself it may compute in bfloat16.
_SETTINGS = {"INFERENCE_PRECISION_HINT": "f32"}


class OpenvinoFile(ModelFile):
    """OpenVINO's files; see `ModelFile`. They hold one signature."""

    def __init__(self, path):
        super().__init__(path)
        core = openvino.Core()
        # Else the file of the weights must not be written while it is used.
        core.set_property({"ENABLE_MMAP": False})
        self._model = core.read_model(path, weights_of(path))
        self._compiled = None

    @staticmethod
    def write(traces, path, folder, quantize):
        [(name, function)] = traces.items()
        write_saved_model({name: with_names_of_their_own(function)}, folder)
        # Not `openvino.convert_model`, which tells Intel of each conversion,
        # and waits for minutes where it cannot.
        model = openvino.Core().read_model(folder)
        model.set_friendly_name(name)
        openvino.serialize(model, path, weights_of(path))

    def properties(self):
        if not self._model.has_rt_info([_SECTION]):
            return {}
        return dict(self._model.get_rt_info([_SECTION]).value)

    def annotate(self, properties):
        for name, value in properties.items():
            self._model.set_rt_info(value, [_SECTION, name])
        openvino.serialize(self._model, self.path, weights_of(self.path))

    def foreign_operations(self):
        return {
            node.get_type_name()
            for node in self._model.get_ops()
            if not node.get_type_info().version_id.startswith("opset")
        }

    def signatures(self):
        sides = self._model.inputs, self._model.outputs
        inputs, outputs = (
            {port.get_any_name(): _tensor(port) for port in ports}
            for ports in sides
        )
        outputs = {plain_name(n, inputs): outputs[n] for n in outputs}
        return {self._model.get_friendly_name(): (inputs, outputs)}

    def run(self, signature, inputs):
        if self._compiled is None:
            self._compiled = openvino.Core().compile_model(
                self._model, "CPU", _SETTINGS
            )
        found = self._compiled(dict(inputs))
        return {
            plain_name(port.get_any_name(), inputs): rows
            for port, rows in found.items()
        }


def weights_of(path):
    """The file of the weights."""
    return path.with_suffix(".bin")


def _tensor(port):
    shape = tuple(
        None if size.is_dynamic else size.get_length()
        for size in port.get_partial_shape()
    )
    return Tensor(port.get_element_type().to_dtype().name, shape)
