"""Normalization of images inside a network, by its name."""

from keras import layers

NORMALIZATIONS = ("batch", "layer", None)


def normalize(x, kind):
    """Applies a new layer of normalization.

    Args:
        x: `keras.KerasTensor` of shape `(batch, height, width, channels)`.
        kind: `"batch"`, `"layer"` (over height, width and channels: each image
            for itself, as a gradient penalty needs; Gulrajani et al. 2017,
            section 4) or `None`.

    Returns:
        `keras.KerasTensor` of the same shape.
    """
    if kind == "batch":
        # Synchronized, so that replicas normalize by the batch they share.
        return layers.BatchNormalization(synchronized=True)(x)
    if kind == "layer":
        return layers.LayerNormalization(axis=[1, 2, 3])(x)
    return x
