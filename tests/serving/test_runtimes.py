"""Saved models give the same images in other runtimes.

Those read `serving_default`, and are given what was recorded at export.
"""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen.loading import saved_models
from kerasgen.serving import replay
from kerasgen.serving.versions import latest


@pytest.fixture(
    params=saved_models() or [pytest.param("", marks=pytest.mark.skip)]
)
def recorded(request):
    """A version, and recorded inputs and images of `serving_default`."""
    version = latest(saved_models()[request.param])
    inputs, outputs = replay.read(version)["serving_default"]
    assert np.ptp(outputs["images"]) > 0.5
    return version, inputs, outputs["images"]


def test_openvino(recorded):
    openvino = pytest.importorskip("openvino")
    version, inputs, expected = recorded
    core = openvino.Core()
    compiled = core.compile_model(
        core.read_model(str(version)),
        "CPU",
        {"INFERENCE_PRECISION_HINT": "f32"},
    )
    # It calls an input "serving_default_latents:0", and that is one of several.
    given = {
        port: inputs[name]
        for port in compiled.inputs
        for name in inputs
        if any(name in alias for alias in port.get_names())
    }
    [found] = compiled(given).values()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_onnxruntime(recorded):
    onnxruntime = pytest.importorskip("onnxruntime")
    convert = pytest.importorskip("tf2onnx.convert")
    version, inputs, expected = recorded
    loaded = tf.saved_model.load(str(version))  # Its variables live with it.
    served = loaded.signatures["serving_default"]
    specs = [
        tf.TensorSpec((None, *array.shape[1:]), array.dtype, name)
        for name, array in inputs.items()
    ]

    def images(*tensors):
        return served(**dict(zip(inputs, tensors)))["images"]

    model, _ = convert.from_function(
        tf.function(images, input_signature=specs), specs, opset=18
    )
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [given.name for given in session.get_inputs()]
    assert sorted(name.split(":")[0] for name in names) == sorted(inputs)
    [found] = session.run(
        None, {name: inputs[name.split(":")[0]] for name in names}
    )
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
