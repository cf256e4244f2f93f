"""Convolutions on CPUs, and their gradients of any order, by fast kernels.

On a CPU, TensorFlow leaves convolutions to oneDNN, two of whose kernels are
slow on small images: the transposed convolution to an image of few channels,
and the gradient by the kernel in bfloat16. What is here in their place adds up
the same products, in another order; everything else stays with oneDNN.
`benchmarks/README.md` has what it gains.
"""

import numpy as np
import tensorflow as tf

# Up to how many channels of an image are few.
_FEW_CHANNELS = 4
# Up to which side the smaller image of a convolution is small.
_SMALL_SIDE = 8

# Each of the following three is linear in both of its tensors, and its gradient
# is made of the other two.


def convolution(images, kernel, stride):
    """`tf.nn.conv2d` with padding "SAME".

    Args:
        images: float tensor of shape `(batch, height, width, channels)`, of
            which the batch alone may be unknown.
        kernel: float tensor of shape `(side, side, channels, filters)`.
        stride: int.

    Returns:
        A tensor of shape `(batch, height / stride, width / stride, filters)`,
        sides rounded up.
    """
    sides = images.shape[1:3]

    @tf.custom_gradient
    def convolve(images, kernel):
        def gradients(outputs):
            return (
                transposed_convolution(outputs, kernel, sides, stride),
                kernel_gradient(images, outputs, kernel.shape, stride),
            )

        return tf.nn.conv2d(images, kernel, stride, "SAME"), gradients

    return convolve(images, kernel)


def transposed_convolution(outputs, kernel, sides, stride):
    """The gradient of `convolution` by its images.

    Args:
        outputs: float tensor of the shape of what `convolution` returns.
        kernel: float tensor of shape `(side, side, channels, filters)`.
        sides: `(height, width)` of the images.
        stride: int.

    Returns:
        A tensor of shape `(batch, *sides, channels)`.
    """

    @tf.custom_gradient
    def convolve(outputs, kernel):
        def gradients(images):
            return (
                convolution(images, kernel, stride),
                kernel_gradient(images, outputs, kernel.shape, stride),
            )

        if stride > 1 and kernel.shape[2] <= _FEW_CHANNELS:
            return _by_phases(outputs, kernel, sides, stride), gradients
        batch = outputs.shape[0] or tf.shape(outputs)[0]
        shape = (batch, *sides, kernel.shape[2])
        images = tf.nn.conv2d_transpose(outputs, kernel, shape, stride, "SAME")
        return images, gradients

    return convolve(outputs, kernel)


def kernel_gradient(images, outputs, shape, stride):
    """The gradient of `convolution` by its kernel, which has this shape."""
    sides = images.shape[1:3]

    @tf.custom_gradient
    def convolve(images, outputs):
        def gradients(kernel):
            return (
                transposed_convolution(outputs, kernel, sides, stride),
                convolution(images, kernel, stride),
            )

        if (
            images.dtype == tf.bfloat16
            and stride > 1
            and max(outputs.shape[1:3]) <= _SMALL_SIDE
            and shape[2] > _FEW_CHANNELS
        ):
            return _by_transposition(images, outputs, shape, stride), gradients
        kernel = tf.raw_ops.Conv2DBackpropFilter(
            input=images,
            filter_sizes=shape,
            out_backprop=outputs,
            strides=(1, stride, stride, 1),
            padding="SAME",
        )
        return kernel, gradients

    return convolve(images, outputs)


def _by_phases(outputs, kernel, sides, stride):
    """`transposed_convolution`, the pixels of a stride as channels of one.

    Pixel `stride * a + r` of the images depends on the pixels near `a` of the
    outputs. The usual kernels compute 16 channels where there is one.
    """
    rows, columns = (
        _Phases(side, small, length, stride)
        for side, small, length in zip(sides, outputs.shape[1:3], kernel.shape)
    )
    channels, filters = kernel.shape[2:]
    kernel = tf.pad(kernel, ((0, 1), (0, 1), (0, 0), (0, 0)))
    kernel = tf.gather(kernel, rows.taps.ravel(), axis=0)
    kernel = tf.gather(kernel, columns.taps.ravel(), axis=1)
    kernel = tf.reshape(
        kernel, (*rows.taps.shape, *columns.taps.shape, channels, filters)
    )
    kernel = tf.transpose(kernel, (0, 2, 5, 1, 3, 4))
    kernel = tf.reshape(
        kernel,
        (len(rows.taps), len(columns.taps), filters, stride**2 * channels),
    )
    padding = ((0, 0), rows.padding, columns.padding, (0, 0))
    images = tf.nn.conv2d(outputs, kernel, 1, padding)
    images = images[:, : rows.number, : columns.number]
    images = tf.nn.depth_to_space(images, stride)
    return images[:, : sides[0], : sides[1]]


class _Phases:
    """How one axis of the images depends on that of the outputs.

    Pixel `p` is `sum_q outputs[q] * kernel[p + before - stride * q]`, with
    `before` the padding of "SAME", and `p = stride * a + r`, `q = a + d`.

    Attributes:
        number: int. How many `a` there are.
        taps: int array of shape `(number of d, stride)`. Index in the kernel
            for each `d` and `r`; one beyond its end where there is none.
        padding: (int, int). Zeros before and after the outputs.
    """

    def __init__(self, side, small, length, stride):
        before, _ = _same_padding(side, small, length, stride)
        first = -((length - 1 - before) // stride)
        last = (stride - 1 + before) // stride
        offsets = np.arange(first, last + 1)[:, None]
        taps = np.arange(stride) + before - stride * offsets
        self.taps = np.where((taps >= 0) & (taps < length), taps, length)
        self.number = -(-side // stride)
        self.padding = -first, max(self.number + last - small, 0)


def _by_transposition(images, outputs, shape, stride):
    """`kernel_gradient` as a convolution of which the batch is the channels.

    Its images are the channels, its kernel the outputs, spread by the stride.
    """
    padding = [
        _same_padding(*sides, stride)
        for sides in zip(images.shape[1:3], outputs.shape[1:3], shape[:2])
    ]
    kernel = tf.nn.conv2d(
        tf.transpose(images, (3, 1, 2, 0)),
        tf.transpose(outputs, (1, 2, 0, 3)),
        1,
        ((0, 0), *padding, (0, 0)),
        dilations=stride,
    )
    return tf.transpose(kernel, (1, 2, 0, 3))[: shape[0], : shape[1]]


def _same_padding(side, small, length, stride):
    """Zeros before and after an axis that "SAME" shrinks to `small`."""
    total = max((small - 1) * stride + length - side, 0)
    return total // 2, total - total // 2
