"""Residual blocks of image GANs (Gulrajani et al. 2017, Miyato et al. 2018).

Both draw them alike: Gulrajani et al., https://arxiv.org/abs/1704.00028,
appendix F, and Miyato et al., https://arxiv.org/abs/1802.05957, figures 8-10.
"""

from keras import layers

from kerasgen.layers.normalization import normalize
from kerasgen.layers.spectral_normalization import with_unit_norm

# Whatever Keras's own setting is.
_FORMAT = "channels_last"


def residual_block(
    x,
    filters,
    resampling=None,
    normalization=None,
    spectral_normalization=False,
):
    """Applies a pre-activation block: two convolutions beside a shortcut.

    Args:
        x: `keras.KerasTensor` of shape `(batch, height, width, channels)`.
        filters: int.
        resampling: `"up"` (nearest neighbours), `"down"` (average of 2 by 2)
            or `None`.
        normalization: one of `kerasgen.layers.NORMALIZATIONS`.
        spectral_normalization: bool. Whether convolutions keep norm 1.

    Returns:
        `keras.KerasTensor` with `filters` channels; sides are doubled by
        `"up"` and halved, rounded up, by `"down"`.
    """
    # Normalization adds a bias of its own, and batch normalization undoes what
    # biases came before it.
    options = {
        "use_bias": normalization is None,
        "spectral_normalization": spectral_normalization,
    }
    shortcut = x
    # A convolution of 1 by 1 gives the same before or after resampling, and
    # costs a quarter where images are small.
    if resampling == "down":
        shortcut = _halve(shortcut)
    if resampling or x.shape[-1] != filters:
        shortcut = _shortcut(shortcut, filters, spectral_normalization)
    if resampling == "up":
        shortcut = layers.UpSampling2D(data_format=_FORMAT)(shortcut)

    x = layers.ReLU()(normalize(x, normalization))
    if resampling == "up":
        x = layers.UpSampling2D(data_format=_FORMAT)(x)
    x = _convolution(x, filters, **options)
    x = layers.ReLU()(normalize(x, normalization))
    x = _convolution(x, filters, **options)
    if resampling == "down":
        x = _halve(x)
    return layers.Add()([shortcut, x])


def first_block(x, filters, use_bias=True, spectral_normalization=False):
    """Applies the block next to the image, which halves it.

    It neither normalizes nor rectifies what it is given, which would lose half
    of the image's values.

    Args:
        x: `keras.KerasTensor` of shape `(batch, height, width, channels)`.
        filters: int.
        use_bias: bool. Whether what it returns has a bias of its own; to be
            left out before batch normalization.
        spectral_normalization: bool. Whether convolutions keep norm 1.

    Returns:
        `keras.KerasTensor` with `filters` channels and sides halved, rounded
        up.
    """
    shortcut = _shortcut(_halve(x), filters, spectral_normalization)
    x = _convolution(x, filters, True, spectral_normalization)
    x = layers.ReLU()(x)
    x = _convolution(x, filters, use_bias, spectral_normalization)
    return layers.Add()([shortcut, _halve(x)])


def _convolution(x, filters, use_bias, spectral_normalization):
    convolution = layers.Conv2D(
        filters,
        3,
        padding="same",
        use_bias=use_bias,
        kernel_initializer="he_uniform",
        data_format=_FORMAT,
    )
    return with_unit_norm(convolution, spectral_normalization)(x)


def _shortcut(x, filters, spectral_normalization):
    # The branch beside it has the bias of both.
    convolution = layers.Conv2D(filters, 1, use_bias=False, data_format=_FORMAT)
    return with_unit_norm(convolution, spectral_normalization)(x)


def _halve(x):
    # "same" averages what there is at the edge of an image of odd size.
    return layers.AveragePooling2D(2, padding="same", data_format=_FORMAT)(x)
