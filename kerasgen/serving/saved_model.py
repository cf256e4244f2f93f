"""What stands in a SavedModel, read from its files without loading it."""

import dataclasses
import pathlib

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An input or output of a signature.

    Attributes:
        tensor_name: str. Its place in the graph.
        dtype: str, such as `"float32"`.
        shape: tuple of int, `None` for any; `None` where the rank is unknown.
    """

    tensor_name: str
    dtype: str
    shape: tuple


@dataclasses.dataclass(frozen=True)
class SignatureDef:
    """A signature: its tensors by name."""

    inputs: dict
    outputs: dict


class SavedModel:
    """The graph of a SavedModel, to look at.

    Args:
        folder: str or `pathlib.Path`. One version of an export.

    Attributes:
        tags: list of the sets of tags of its graphs.
        signatures: dict from name to `SignatureDef`, those that a server can
            be asked for.

    Raises:
        ValueError: if `saved_model.pb` is missing or damaged.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        file = self.folder / "saved_model.pb"
        message = saved_model_pb2.SavedModel()
        try:
            message.ParseFromString(file.read_bytes())
        except (OSError, ValueError, DecodeError) as error:
            raise ValueError(
                f"{file} is no SavedModel that can be read: {error}"
            ) from error
        if not message.meta_graphs:
            raise ValueError(f"{file} has no graph in it.")
        self.tags = [set(g.meta_info_def.tags) for g in message.meta_graphs]
        graph = message.meta_graphs[0]
        self.signatures = {
            name: SignatureDef(
                _tensors(signature.inputs), _tensors(signature.outputs)
            )
            for name, signature in sorted(graph.signature_def.items())
            if not name.startswith("__")
        }
        self._signature_defs = graph.signature_def
        self._nodes = {node.name: node for node in graph.graph_def.node}
        self._functions = {
            function.signature.name: function
            for function in graph.graph_def.library.function
        }

    def signature_defs(self):
        """dict from name to `SignatureDef` in its JSON form, all of them."""
        return {
            name: json_format.MessageToDict(
                signature,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            for name, signature in sorted(self._signature_defs.items())
        }

    def operations(self, signature):
        """The kinds of operations that a signature runs, a set of str."""
        functions = set()
        found = self._reached(signature)
        # Of a function all nodes count: it is called as a whole.
        for node in found:
            for name in self._called(node):
                if name not in functions:
                    functions.add(name)
                    found += self._functions[name].node_def
        return {node.op for node in found} - functions

    def _reached(self, signature):
        """The nodes of the graph that a signature needs, without functions."""
        outputs = self.signatures[signature].outputs.values()
        waiting = [output.tensor_name.split(":")[0] for output in outputs]
        names = set()
        while waiting:
            name = waiting.pop()
            if name not in names:
                names.add(name)
                waiting += [
                    source.lstrip("^").split(":")[0]
                    for source in self._nodes[name].input
                ]
        return [self._nodes[name] for name in names]

    def _called(self, node):
        """Names of the functions that a node may call."""
        for value in node.attr.values():
            names = [value.func.name, *(item.name for item in value.list.func)]
            yield from (name for name in names if name in self._functions)
        if node.op in self._functions:
            yield node.op

    def weight_bytes(self):
        """Bytes of the variables that signatures read, and of those stored."""
        handles = {
            node.name: node
            for signature in self.signatures
            for node in self._reached(signature)
            if node.op == "VarHandleOp"
        }
        read = sum(
            tf.dtypes.as_dtype(node.attr["dtype"].type).size
            * tf.TensorShape(node.attr["shape"].shape).num_elements()
            for node in handles.values()
        )
        reader = tf.train.load_checkpoint(
            str(self.folder / "variables" / "variables")
        )
        dtypes = reader.get_variable_to_dtype_map()
        stored = sum(
            int(np.prod(shape)) * dtypes[name].size
            for name, shape in reader.get_variable_to_shape_map().items()
            if dtypes[name] != tf.string
        )
        return read, stored


def _tensors(fields):
    return {
        name: Tensor(
            field.name,
            tf.dtypes.as_dtype(field.dtype).name,
            None
            if field.tensor_shape.unknown_rank
            else tuple(
                None if axis.size < 0 else axis.size
                for axis in field.tensor_shape.dim
            ),
        )
        for name, field in sorted(fields.items())
    }
