"""Discriminator of pairs of an image and latents, as BiGAN and ALI need."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasgen.layers import with_unit_norm
from kerasgen.networks.build import build
from kerasgen.networks.layer_defaults import layer_defaults
from kerasgen.utils.arguments import check_positive_integer

_DROPOUT = 0.2


def joint_discriminator(
    network: str,
    data_shape: Sequence[int],
    latent_dim: int,
    *,
    dtype: str | keras.DTypePolicy | None = None,
    options: Mapping[str, Any] | None = None,
    units: int = 256,
) -> keras.Model:
    """(Data, latents) -> one logit.

    Features of the data by the network's own discriminator, and of the latents
    by a dense layer, are judged together by dense layers, with the dropout of
    Dumoulin et al. (2017), appendix A.

    Args:
        network: str. One of `kerasgen.networks.NETWORKS`.
        data_shape: tuple of int. `(height, width, channels)`, or `(length,)`
            with `"mlp"`.
        latent_dim: int.
        dtype: str or `keras.DTypePolicy`. The layers' policy; the logit is
            always float32.
        options: dict or `None`. Options of the network's discriminator. Its
            `spectral_normalization` is that of the dense layers here too, and
            its `dropout`, 0.2 without one.
        units: int. Length of each of the features, and of what they become
            together.

    Returns:
        `keras.Model` from `[data, latents]` of shapes `(batch, *data_shape)`
        and `(batch, latent_dim)` to `(batch, 1)`.

    Raises:
        ValueError: for an unknown network or option, with the known ones.

    References:
        - Donahue et al. (2017), Adversarial Feature Learning,
          https://arxiv.org/abs/1605.09782
        - Dumoulin et al. (2017), Adversarially Learned Inference,
          https://arxiv.org/abs/1606.00704
    """
    check_positive_integer("units", units)
    units = int(units)
    features = build(
        network,
        "discriminator",
        dtype=dtype,
        options=options,
        data_shape=data_shape,
        num_outputs=units,
    )
    spectral_normalization = (options or {}).get(
        "spectral_normalization", False
    )

    dropout = (options or {}).get("dropout", _DROPOUT)

    def dense(x, units, **arguments):
        layer = layers.Dense(units, **arguments)
        return with_unit_norm(layer, spectral_normalization)(x)

    with layer_defaults(dtype):
        latents = keras.Input((latent_dim,))
        # `features` itself is not a layer of the new model, but its layers are.
        of_data = layers.LeakyReLU(0.2)(features.output)
        of_latents = layers.LeakyReLU(0.2)(dense(latents, units))
        x = layers.Concatenate()([of_data, of_latents])
        x = layers.LeakyReLU(0.2)(dense(x, units))
        x = layers.Dropout(dropout)(x)
        logits = dense(x, 1, dtype="float32")
    return keras.Model(
        [features.input, latents], logits, name="joint_discriminator"
    )
