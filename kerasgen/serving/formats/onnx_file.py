"""ONNX files, which ONNX Runtime and others run, in browsers too."""

import onnx
import onnxruntime
import tf2onnx.convert

# Of 2022: what browsers and phones have reads it.
OPSET = 18


def write(traces, properties, path):
    """Writes one signature.

    Args:
        traces: dict from the signature's name to its `tf.function` with an
            input signature; one entry.
        properties: dict from str to str, metadata of the file.
        path: `pathlib.Path`.

    Raises:
        NotImplementedError: if ONNX has no such operation.
    """
    [(name, function)] = traces.items()
    model, _ = tf2onnx.convert.from_function(
        function, function.input_signature, opset=OPSET
    )
    known = {entry.domain for entry in model.opset_import}
    missing = sorted(
        {
            node.op_type
            for node in model.graph.node
            if node.domain not in known
            or not onnx.defs.has(node.op_type, node.domain)
        }
    )
    if missing:
        raise NotImplementedError(
            f"ONNX has no operation for TensorFlow's {', '.join(missing)}."
        )
    model.graph.name = name
    onnx.helper.set_model_props(model, properties)
    # tf2onnx makes up another name for each input's rows.
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    path.write_bytes(model.SerializeToString())


def read(path):
    """The metadata of a file, a dict from str to str."""
    model = onnx.load(path)
    return {entry.key: entry.value for entry in model.metadata_props}


def run(path, inputs):
    """Runs a file.

    Args:
        path: `pathlib.Path`.
        inputs: dict from name to array.

    Returns:
        dict from name to array.
    """
    session = onnxruntime.InferenceSession(
        path, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs)))
