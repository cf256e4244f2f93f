"""Spectral normalization (Miyato et al. 2018) in any precision."""

import keras


@keras.saving.register_keras_serializable("kerasgen")
class SpectralNormalization(keras.layers.SpectralNormalization):
    """Keras's, whose kernel stays as it is where the layer is frozen."""

    def call(self, inputs, training=False):
        is_trained = self.trainable and self.layer.trainable
        return super().call(inputs, training=training and is_trained)


def with_unit_norm(layer, spectral_normalization):
    """A layer whose kernel is kept at spectral norm 1, or as it is.

    Every call with `training=True` takes one step of power iteration and
    divides the kernel by the norm found (equation 8 and algorithm 1 of Miyato
    et al. 2018, https://arxiv.org/abs/1802.05957). Keras writes the quotient
    back to the kernel, so that gradients are those with regard to it, without
    the term of equation 12 that runs through the norm.

    Args:
        layer: `keras.layers.Dense` or `keras.layers.Conv2D`, not yet built.
        spectral_normalization: bool. `False` returns the layer itself.

    Returns:
        `SpectralNormalization`, whose output is float32, or `layer`.
    """
    if not spectral_normalization:
        return layer
    # Under a mixed policy Keras's wrapper would round the float32 kernel to 16
    # bits at every call, which undoes small steps of training, and the logits
    # too. In float32 itself, it leaves the layer inside to its own policy.
    return SpectralNormalization(layer, dtype="float32")
