"""Spectral normalization (Miyato et al. 2018) in any precision."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("kerasgen")
class SpectralNormalization(keras.layers.SpectralNormalization):
    """Keras's, with the gradient of the paper.

    Keras writes the quotient of kernel and norm back to the kernel, so that
    gradients lack the term that runs through the norm (equation 12; shown in
    https://github.com/tensorflow/addons/pull/1244), which keeps a kernel from
    being left with its largest direction alone. Here the kernel stays what the
    optimizer made it, and the norm divides the layer's inputs, which is the
    same as dividing the kernel of a layer without an activation.
    """

    def call(self, inputs, training=False):
        matrix = ops.reshape(self.kernel, (-1, self.kernel_shape[-1]))
        u = self.vector_u.value
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(matrix)), axis=None)
            u = ops.normalize(ops.matmul(v, matrix), axis=None)
        u, v = ops.stop_gradient(u), ops.stop_gradient(v)
        if training and self.trainable and self.layer.trainable:
            self.vector_u.assign(u)
        norm = ops.matmul(ops.matmul(v, matrix), ops.transpose(u))
        # Of a kernel of zeros, which has none.
        norm = ops.where(norm > 0, norm, 1.0)
        return ops.cast(self.layer(inputs / norm[0, 0]), inputs.dtype)


def with_unit_norm(layer, spectral_normalization):
    """A layer whose kernel has spectral norm 1, or the layer as it is.

    Every call divides by the norm of the kernel, and with `training=True` its
    estimate takes one step of power iteration (equation 8 and algorithm 1 of
    Miyato et al. 2018, https://arxiv.org/abs/1802.05957).

    Args:
        layer: `keras.layers.Dense` or `keras.layers.Conv2D` without an
            activation, not yet built.
        spectral_normalization: bool. `False` returns the layer itself.

    Returns:
        `SpectralNormalization`, whose output is float32, or `layer`.
    """
    if not spectral_normalization:
        return layer
    # Under a mixed policy the wrapper would take the norm in 16 bits, and give
    # such logits. In float32, it leaves the layer inside to its own policy.
    return SpectralNormalization(layer, dtype="float32")
