"""Other runtimes than TensorFlow, which read `serving_default`."""

import importlib.util

import tensorflow as tf


def installed():
    """The functions below whose packages are there."""
    packages = {
        with_openvino: ["openvino"],
        with_onnxruntime: ["onnxruntime", "tf2onnx"],
    }
    return [
        runtime
        for runtime, names in packages.items()
        if all(importlib.util.find_spec(name) for name in names)
    ]


def with_openvino(folder, inputs):
    """Images of a version's `serving_default`."""
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(
        core.read_model(str(folder)),
        "CPU",
        # By itself it may compute in bfloat16.
        {"INFERENCE_PRECISION_HINT": "f32"},
    )
    # It calls an input "serving_default_latents:0", and that is one of several.
    given = {
        port: inputs[name]
        for port in compiled.inputs
        for name in inputs
        if any(name in alias for alias in port.get_names())
    }
    [images] = compiled(given).values()
    return images


def with_onnxruntime(folder, inputs):
    """Images of a version's `serving_default`, converted to ONNX."""
    import onnxruntime
    import tf2onnx.convert

    loaded = tf.saved_model.load(str(folder))  # Its variables live with it.
    served = loaded.signatures["serving_default"]
    specs = [
        tf.TensorSpec((None, *array.shape[1:]), array.dtype, name)
        for name, array in inputs.items()
    ]

    def images(*tensors):
        (found,) = served(**dict(zip(inputs, tensors))).values()
        return found

    model, _ = tf2onnx.convert.from_function(
        tf.function(images, input_signature=specs), specs, opset=18
    )
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [given.name for given in session.get_inputs()]
    [found] = session.run(
        None, {name: inputs[name.split(":")[0]] for name in names}
    )
    return found
