"""Models as single files that other runtimes than TensorFlow read.

Keras has exporters to the same formats (`keras.Model.export`). They take a
model's `call`, and name outputs by themselves; here each signature is a
function with inputs and outputs that have names, and some have no model of
their own. So the converters are called at once: tf2onnx, OpenVINO's reader of
SavedModels and `tf.lite.TFLiteConverter`.
"""
