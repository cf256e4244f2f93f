"""Keras's layers of convolution, on CPUs with faster kernels for small images.

They have Keras's names too, so that files of networks made of Keras's own
layers fit networks made of these.
"""

import keras
import tensorflow as tf

from kerasgen.layers import convolution_kernels
from kerasgen.utils.devices import only_cpus


@keras.saving.register_keras_serializable("kerasgen")
class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D`, which see."""

    def convolution_op(self, inputs, kernel):
        if not _has_kernel_here(self, inputs):
            return super().convolution_op(inputs, kernel)
        return convolution_kernels.convolution(
            tf.convert_to_tensor(inputs),
            tf.convert_to_tensor(kernel, inputs.dtype),
            self.strides[0],
        )


@keras.saving.register_keras_serializable("kerasgen")
class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose`, which see."""

    def call(self, inputs):
        if not _has_kernel_here(self, inputs) or self.output_padding:
            return super().call(inputs)
        stride = self.strides[0]
        outputs = convolution_kernels.transposed_convolution(
            tf.convert_to_tensor(inputs),
            tf.convert_to_tensor(self.kernel, inputs.dtype),
            [stride * side for side in inputs.shape[1:3]],
            stride,
        )
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, self.bias)
        return self.activation(outputs)


def _has_kernel_here(layer, inputs):
    return (
        only_cpus()
        and layer.padding == "same"
        and layer.data_format == "channels_last"
        and len(set(layer.strides)) == 1
        and set(layer.dilation_rate) == {1}
        and getattr(layer, "groups", 1) == 1
        and None not in inputs.shape[1:3]
    )
