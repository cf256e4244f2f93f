"""Models as single files that other runtimes than TensorFlow read.

Keras has exporters to the same formats (`keras.Model.export`). They take a
model's `call`, and name outputs by themselves; here each signature is a
function with inputs and outputs that have names. So what Keras calls is called
at once: tf2onnx, `openvino.convert_model` and `tf.lite.TFLiteConverter`.
"""
