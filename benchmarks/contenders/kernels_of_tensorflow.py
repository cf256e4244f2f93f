"""Products and convolutions by TensorFlow, by XLA and by kerasgen's kernels.

For each product, the fastest of them.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import kernels
import tensorflow as tf
from architectures import KERNEL

from kerasgen.layers import convolution_kernels


def train(architecture, images, rounds, options):
    dtype = tf.bfloat16 if options.bfloat16 else tf.float32
    kernels.train(architecture, rounds, lambda p: fastest(p, dtype))


def fastest(product, dtype):
    """The kernel that takes least, of a few calls."""
    ways = _dense(product, dtype)
    if product.layer == "convolution":
        ways = _convolution(product, dtype)
    for way in ways:
        way(1)
    return min(ways, key=lambda way: min(_seconds(way) for _ in range(3)))


def _seconds(way):
    return kernels.timed(way, 5)


def repeated(compute, first, second, is_compiled=False):
    """A function that computes as often as it is told.

    Variables are read and written each time, or TensorFlow would compute once.
    """
    first, second = tf.Variable(first), tf.Variable(second)
    result = tf.Variable(compute(first.value(), second.value()))

    @tf.function(jit_compile=is_compiled)
    def once():
        result.assign(compute(first.value(), second.value()))

    @tf.function
    def often(number):
        for _ in tf.range(number):
            once()

    return lambda number: often(tf.constant(number))


def _dense(product, dtype):
    x = _drawn(dtype, product.batch, product.channels)
    w = _drawn(dtype, product.channels, product.filters)
    y = _drawn(dtype, product.batch, product.filters)
    first, second, options = {
        "outputs": (x, w, {}),
        "weights": (x, y, {"transpose_a": True}),
        "inputs": (y, w, {"transpose_b": True}),
    }[product.result]

    def compute(first, second):
        return tf.matmul(first, second, **options)

    return [repeated(compute, first, second, xla) for xla in (False, True)]


def _convolution(product, dtype):
    sides = [product.side] * 2
    x = _drawn(dtype, product.batch, *sides, product.channels)
    w = _drawn(dtype, KERNEL, KERNEL, product.channels, product.filters)
    y = _drawn(dtype, product.batch, *[product.small_side] * 2, product.filters)

    def outputs(x, w):
        return tf.nn.conv2d(x, w, 2, "SAME")

    def inputs(y, w):
        return tf.nn.conv2d_transpose(y, w, x.shape, 2, "SAME")

    def weights(x, y):
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x,
            filter_sizes=w.shape,
            out_backprop=y,
            strides=(1, 2, 2, 1),
            padding="SAME",
        )

    def inputs_here(y, w):
        return convolution_kernels.transposed_convolution(y, w, sides, 2)

    def weights_here(x, y):
        return convolution_kernels.kernel_gradient(x, y, w.shape, 2)

    ways, first, second = {
        "outputs": ([outputs], x, w),
        "inputs": ([inputs, inputs_here], y, w),
        "weights": ([weights, weights_here], x, y),
    }[product.result]
    return [repeated(way, first, second) for way in ways]


def _drawn(dtype, *shape):
    return tf.cast(tf.random.normal(shape), dtype)
