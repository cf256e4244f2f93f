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


def write_node(graph, path):
    """Nodes that write a file, into the nodes of a graph or a function."""
    for name, text in (("it/path", str(path)), ("it/text", "it")):
        node = graph.add(name=name, op="Const")
        node.attr["dtype"].type = tf.string.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(text))
    inputs = ["it/path", "it/text"]
    graph.add(name="it", op="WriteFile", input=inputs)


def function_of(meta_graph, part):
    """The function that saves or restores variables."""
    [found] = [
        function
        for function in meta_graph.graph_def.library.function
        if part in function.signature.name
    ]
    return found


def reaching(mark):
    """Functions of rows that reach beyond tensors, by their operations."""
    path = str(mark)
    write = tf.raw_ops.WriteFile
    raw = tf.raw_ops

    def in_a_loop(rows):
        def body(i):
            write(filename=path, contents="it")
            return [i + 1]

        tf.while_loop(lambda i: i < 1, body, [0])
        return rows

    def in_a_branch(rows):
        branches = [lambda: write(filename=path, contents="it"), tf.no_op]
        tf.switch_case(tf.shape(rows)[0] - 1, branches)
        return rows

    def in_a_dataset(rows):
        data = tf.data.TextLineDataset(path)
        return data.reduce(rows, lambda total, line: total)

    return {
        "WriteFile": lambda rows: (
            write(filename=path, contents="it"),
            rows,
        )[1],
        "WriteFile in a loop": in_a_loop,
        "WriteFile in a branch": in_a_branch,
        "ReadFile": lambda rows: (
            rows + tf.cast(tf.strings.length(tf.io.read_file(path)), "float32")
        ),
        "MatchingFiles": lambda rows: (
            rows + tf.cast(tf.size(tf.io.matching_files(path)), "float32")
        ),
        "RestoreV2": lambda rows: (
            rows
            + raw.RestoreV2(
                prefix=path,
                tensor_names=["it"],
                shape_and_slices=[""],
                dtypes=[tf.float32],
            )[0]
        ),
        "SaveV2": lambda rows: (
            raw.SaveV2(
                prefix=path,
                tensor_names=["it"],
                shape_and_slices=[""],
                tensors=[rows],
            ),
            rows,
        )[1],
        "ImmutableConst": lambda rows: (
            rows
            + raw.ImmutableConst(
                dtype=tf.float32, shape=[3], memory_region_name=path
            )
        ),
        "PrintV2": lambda rows: (
            tf.print(rows, output_stream=f"file://{path}"),
            rows,
        )[1],
        "EagerPyFunc": lambda rows: tf.ensure_shape(
            tf.py_function(lambda x: x, [rows], tf.float32), (None, 3)
        ),
        "PyFunc": lambda rows: tf.numpy_function(
            lambda x: x, [rows], tf.float32
        ),
        "TextLineDataset": in_a_dataset,
        "DataServiceDatasetV4": lambda rows: (
            rows
            + tf.cast(
                tf.data.experimental.service.from_dataset_id(
                    "distributed_epoch",
                    "grpc://localhost:1",
                    "1",
                    element_spec=tf.TensorSpec((), tf.int64),
                ).reduce(np.int64(0), lambda total, one: total + one),
                "float32",
            )
        ),
        "CollectiveReduceV2": lambda rows: raw.CollectiveReduceV2(
            input=rows,
            group_size=2,
            group_key=1,
            instance_key=1,
            ordering_token=[],
            merge_op="Add",
            final_op="Id",
        ),
        "DecodeProtoV2": lambda rows: raw.DecodeProtoV2(
            bytes=tf.strings.as_string(rows),
            message_type="It",
            field_names=["it"],
            output_types=[tf.float32],
            descriptor_source=path,
        ).values[0][..., 0],
        "DebugIdentityV3": lambda rows: raw.DebugIdentityV3(
            input=rows, debug_urls=[f"file://{path}"]
        ),
        "Abort": lambda rows: (raw.Abort(error_msg="it"), rows)[1],
    }
