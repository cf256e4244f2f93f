"""Functions that reach beyond tensors, one for each operation that does."""

import numpy as np
import tensorflow as tf


def _write(rows, path):
    tf.raw_ops.WriteFile(filename=path, contents="it")
    return rows


def _write_in_a_loop(rows, path):
    def body(i):
        tf.raw_ops.WriteFile(filename=path, contents="it")
        return [i + 1]

    tf.while_loop(lambda i: i < 1, body, [0])
    return rows


def _write_in_a_branch(rows, path):
    branches = [
        lambda: tf.raw_ops.WriteFile(filename=path, contents="it"),
        tf.no_op,
    ]
    tf.switch_case(tf.shape(rows)[0] - 1, branches)
    return rows


def _save(rows, path):
    saved = tf.raw_ops.SaveV2(
        prefix=path,
        tensor_names=["it"],
        shape_and_slices=[""],
        tensors=[rows],
    )
    # Unlike other writes, it does not run unless an output depends on it.
    with tf.control_dependencies([saved]):
        return tf.identity(rows)


def _print(rows, path):
    tf.print(rows, output_stream=f"file://{path}")
    return rows


def _debug(rows, path):
    return tf.raw_ops.DebugIdentityV3(
        input=rows,
        device_name="/job:localhost/replica:0/task:0/device:CPU:0",
        tensor_name="it:0",
        debug_urls=[f"file://{path}"],
    )


def _read(rows, path):
    return rows + tf.cast(tf.strings.length(tf.io.read_file(path)), "float32")


def _match(rows, path):
    return rows + tf.cast(tf.size(tf.io.matching_files(path)), "float32")


def _restore(rows, path):
    [restored] = tf.raw_ops.RestoreV2(
        prefix=path,
        tensor_names=["it"],
        shape_and_slices=[""],
        dtypes=[tf.float32],
    )
    return rows + restored


def _map_memory(rows, path):
    return rows + tf.raw_ops.ImmutableConst(
        dtype=tf.float32, shape=[3], memory_region_name=path
    )


def _call_python(rows, path):
    called = tf.py_function(lambda x: x, [rows], tf.float32)
    return tf.ensure_shape(called, (None, 3))


def _call_numpy(rows, path):
    return tf.numpy_function(lambda x: x, [rows], tf.float32)


def _read_lines(rows, path):
    data = tf.data.TextLineDataset(path)
    return data.reduce(rows, lambda total, line: total)


def _ask_a_data_service(rows, path):
    data = tf.data.experimental.service.from_dataset_id(
        "distributed_epoch",
        "grpc://localhost:1",
        "1",
        element_spec=tf.TensorSpec((), tf.int64),
    )
    total = data.reduce(np.int64(0), lambda total, one: total + one)
    return rows + tf.cast(total, "float32")


def _reduce_over_workers(rows, path):
    return tf.raw_ops.CollectiveReduceV2(
        input=rows,
        group_size=2,
        group_key=1,
        instance_key=1,
        ordering_token=[],
        merge_op="Add",
        final_op="Id",
    )


def _read_descriptors(rows, path):
    decoded = tf.raw_ops.DecodeProtoV2(
        bytes=tf.strings.as_string(rows),
        message_type="It",
        field_names=["it"],
        output_types=[tf.float32],
        descriptor_source=path,
    )
    return decoded.values[0][..., 0]


def _abort(rows, path):
    tf.raw_ops.Abort(error_msg="it")
    return rows


# Functions of rows and a path, by the operation that reaches beyond tensors:
# those that write at the path, and with them those that do something else.
WRITING = {
    "WriteFile": _write,
    "WriteFile in a loop": _write_in_a_loop,
    "WriteFile in a branch": _write_in_a_branch,
    "SaveV2": _save,
    "PrintV2": _print,
    "DebugIdentityV3": _debug,
}
REACHING = WRITING | {
    "ReadFile": _read,
    "MatchingFiles": _match,
    "RestoreV2": _restore,
    "ImmutableConst": _map_memory,
    "EagerPyFunc": _call_python,
    "PyFunc": _call_numpy,
    "TextLineDataset": _read_lines,
    "DataServiceDatasetV4": _ask_a_data_service,
    "CollectiveReduceV2": _reduce_over_workers,
    "DecodeProtoV2": _read_descriptors,
    "Abort": _abort,
}
