"""SavedModels that reach beyond tensors."""

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from kerasgen.serving import warmup

ROWS = tf.TensorSpec((None, 3), tf.float32, "rows")
ONE_ROW = np.ones((1, 3), "float32")


def saved(folder, function, module=None):
    """A SavedModel of one function, with a warm-up request."""
    signature = tf.function(function, input_signature=[ROWS])
    tf.saved_model.save(
        module or tf.Module(), str(folder), {"serving_default": signature}
    )
    warmup.write(folder, {"serving_default": {"rows": ONE_ROW}})
    return folder


def edit(folder, change):
    """Changes the graph of a version."""
    file = folder / "saved_model.pb"
    message = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    change(message.meta_graphs[0])
    file.write_bytes(message.SerializeToString())


def run_unchecked(folder, wanted=(), given=None):
    """Loads a version, whatever is in it, and runs parts of its graph.

    Args:
        folder: `pathlib.Path` of the version.
        wanted: names of tensors and nodes; loading alone runs some, too.
        given: dict from tensor name to value.
    """
    loader = tf.compat.v1.saved_model
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loader.load(session, ["serve"], str(folder))
        session.run(wanted, given)


def write_node(nodes, path):
    """Adds nodes that write a file to those of a graph."""
    for name, text in (("it/path", str(path)), ("it/text", "it")):
        node = nodes.add(name=name, op="Const")
        node.attr["dtype"].type = tf.string.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(text))
    nodes.add(name="it", op="WriteFile", input=["it/path", "it/text"])


def write_inside(function, path):
    """Adds such nodes to a function, which runs them whenever it is called."""
    write_node(function.node_def, path)
    node = function.node_def[-1]
    node.input[:] = [f"{name}:output:0" for name in node.input]
    _always_run(function, "it")


def hide(graph, path):
    """Adds a node `outer` that writes a file, by attributes of attributes.

    It calls `first`, and this what it is told to: `second`, which is told to
    call `hidden`, which writes. All three are named nowhere else.
    """
    functions = graph.library.function
    write_inside(functions.add(), path)
    functions[-1].signature.name = "hidden"
    for name in ("first", "second"):
        _add_caller(functions.add(), name)
    node = graph.node.add(name="which", op="Const")
    node.attr["dtype"].type = tf.int32.as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(0))
    node = graph.node.add(name="outer", op="Case", input=["which"])
    for attribute in ("Tin", "Tout", "output_shapes"):
        node.attr[attribute].list.SetInParent()
    first = node.attr["branches"].list.func.add(name="first")
    second = first.attr["first_calls"].func
    second.name = "second"
    second.attr["second_calls"].func.name = "hidden"


def _add_caller(function, name):
    """Makes a function that calls the one in its attribute `name_calls`."""
    function.signature.name = name
    function.signature.is_stateful = True
    function.signature.attr.add(name=f"{name}_calls", type="func")
    node = function.node_def.add(name="call", op="StatefulPartitionedCall")
    node.attr["f"].placeholder = f"{name}_calls"
    for attribute in ("Tin", "Tout"):
        node.attr[attribute].list.SetInParent()
    _always_run(function, "call")


def _always_run(function, node):
    """Has a function run a node on which no output depends."""
    function.signature.control_output.append(node)
    function.control_ret[node] = node


def function_of(meta_graph, part):
    """The function that saves or restores variables."""
    [found] = [
        function
        for function in meta_graph.graph_def.library.function
        if part in function.signature.name
    ]
    return found
