"""Keras's layers of convolution, with kernels for small images on CPUs."""

import keras
import tensorflow as tf

from kerasgen.layers import convolution_kernels
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.devices import only_cpus


@keras.saving.register_keras_serializable("kerasgen")
class FastConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D`, faster on small images where there are only CPUs.

    Up to rounding, it computes what `keras.layers.Conv2D` computes, and a file
    of weights of one can be read into the other. The kernels of
    `kerasgen.layers.convolution_kernels` are for padding `"same"`, equal
    strides, and images of a known size with the channels last; anything else,
    and any GPU, is left to Keras.
    """

    def convolution_op(self, inputs, kernel):
        if not _has_kernel_here(self, inputs):
            return super().convolution_op(inputs, kernel)
        return convolution_kernels.convolution(
            tf.convert_to_tensor(inputs),
            tf.convert_to_tensor(kernel, inputs.dtype),
            self.strides[0],
        )


@keras.saving.register_keras_serializable("kerasgen")
class FastConv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose`, where `FastConv2D` is fast."""

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


for _layer in (FastConv2D, FastConv2DTranspose):
    # A file of weights calls layers by the names of their classes (Keras 3.15,
    # `saving_lib.py`): those of Keras, so that the files of networks with and
    # without these layers fit each other.
    _layer.__name__ = _layer.__base__.__name__
    # What files of 0.1 call these layers.
    keras.saving.get_custom_objects()[f"kerasgen>{_layer.__name__}"] = _layer


def convolution_layers(
    fast: bool,
) -> tuple[type[keras.layers.Layer], type[keras.layers.Layer]]:
    """The layers that a network is made of.

    Args:
        fast: bool. Whether they are `FastConv2D` and `FastConv2DTranspose`.

    Returns:
        The classes of a convolution and of a transposed one.
    """
    check_choice("fast_convolutions", fast, (True, False))
    if fast:
        return FastConv2D, FastConv2DTranspose
    return keras.layers.Conv2D, keras.layers.Conv2DTranspose


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
