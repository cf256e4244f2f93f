"""What stands in a SavedModel, read from its files without loading it."""

import dataclasses
import os
import pathlib

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from kerasgen.serving import kinds
from kerasgen.serving.graph import Graph

# Of files that are read whole; those without weights take a few megabytes.
_MAX_BYTES = 2**28
# TensorFlow reads these in place of `saved_model.pb`, or where that is missing.
_OTHER_GRAPHS = ("saved_model.cpb", "saved_model.pbtxt")


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
        meta_graphs: its graphs, `MetaGraphDef`s.
        tags: list of the sets of tags of its graphs.
        signatures: dict from name to `SignatureDef`, those that a server can
            be asked for.

    Raises:
        ValueError: if `saved_model.pb` is missing, damaged or too large, or if
            there is more in the folder than files of its own.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        file = self.folder / "saved_model.pb"
        _check_files(self.folder)
        message = saved_model_pb2.SavedModel()
        try:
            message.ParseFromString(file.read_bytes())
            if not message.meta_graphs:
                raise ValueError("it has no graph in it.")
            self._read(message.meta_graphs)
        except (OSError, TypeError, ValueError, DecodeError) as error:
            raise ValueError(
                f"{file} is no SavedModel that can be read: {error}"
            ) from error

    def _read(self, meta_graphs):
        self.meta_graphs = meta_graphs
        self.tags = [set(graph.meta_info_def.tags) for graph in meta_graphs]
        graph = meta_graphs[0]
        self.signatures = {
            name: SignatureDef(
                _tensors(signature.inputs), _tensors(signature.outputs)
            )
            for name, signature in sorted(graph.signature_def.items())
            if not name.startswith("__")
        }
        self._signature_defs = graph.signature_def
        self._graph = Graph(graph)

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
        graph, nodes = self._graph, self._reached(signature)
        functions = graph.called(nodes)
        # Of a function all nodes count: it is called as a whole.
        for name in functions:
            nodes += graph.functions[name].node_def
        return {node.op for node in nodes} - functions

    def _reached(self, signature):
        """The nodes of the graph that a signature needs, without functions."""
        outputs = self.signatures[signature].outputs.values()
        names = self._graph.reached(output.tensor_name for output in outputs)
        return [self._graph.nodes[name] for name in names]

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


def name_batch_axes(folder, signatures):
    """Says the kinds of inputs and outputs in the graph, for clients to read.

    Args:
        folder: `pathlib.Path` of the version.
        signatures: dict, as `signature_specs.from_metadata` returns it.
    """
    file = folder / "saved_model.pb"
    message = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    for graph in message.meta_graphs:
        for name, signature in signatures.items():
            found = graph.signature_def[name]
            for side in ("inputs", "outputs"):
                for key, field in signature[side].items():
                    axes = getattr(found, side)[key].tensor_shape.dim
                    if axes:
                        axes[0].name = kinds.axis_name(field)
    file.write_bytes(message.SerializeToString(deterministic=True))


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


def _check_files(folder):
    """Raises for what is no file of the folder's own, or too large to read."""
    for name in _OTHER_GRAPHS:
        if (folder / name).exists():
            raise ValueError(
                f"{folder / name} is a graph of a kind that is not read here. "
                "Save it as saved_model.pb alone."
            )
    inside = folder.resolve()
    for parent, folders, names in os.walk(folder):
        for path in (pathlib.Path(parent, name) for name in folders + names):
            if not path.resolve().is_relative_to(inside):
                raise ValueError(
                    f"{path} must be in the folder itself, and is a link to "
                    f"{path.resolve()}. Make a copy with `cp -rL` if what it "
                    "leads to belongs to the model."
                )
            if not (path.is_file() or path.is_dir()):
                raise ValueError(f"{path} must be a file, and is none.")
            is_read = path.suffix == ".pb" or "assets.extra" in path.parts
            if is_read and path.is_file() and path.stat().st_size > _MAX_BYTES:
                raise ValueError(
                    f"{path} must be at most {_MAX_BYTES:,} bytes, as files "
                    f"without weights are. Received: {path.stat().st_size:,} "
                    "bytes."
                )
