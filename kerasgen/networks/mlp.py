"""Dense networks, for small images and for rows of numbers."""

import math
from collections.abc import Sequence

import keras
from keras import layers

from kerasgen.data.kinds import as_kind
from kerasgen.layers import with_unit_norm
from kerasgen.networks import time_and_class
from kerasgen.utils.arguments import check_fraction
from kerasgen.utils.arguments import check_positive_integers


def encoder(
    data_shape: Sequence[int],
    num_outputs: int,
    hidden_units: Sequence[int] = (512, 256),
    activation: str = "relu",
    num_label_maps: int = 0,
) -> keras.Model:
    """Data -> numbers, through dense layers.

    Args:
        data_shape: tuple of int. `(height, width, channels)` or `(length,)`.
        num_outputs: int.
        hidden_units: sequence of int. Units of the hidden layers.
        activation: str. Activation of the hidden layers.
        num_label_maps: int. How many of the last channels have one value all
            over, which is read once.

    Returns:
        `keras.Model` from `(batch, *data_shape)` to `(batch, num_outputs)`.
    """
    check_positive_integers("hidden_units", hidden_units)
    inputs = keras.Input(data_shape)
    x = _flat(inputs, num_label_maps)
    for units in hidden_units:
        x = layers.Dense(units, activation=activation)(x)
    outputs = layers.Dense(num_outputs, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="encoder")


def decoder(
    data_shape: Sequence[int],
    latent_dim: int,
    hidden_units: Sequence[int] = (512, 256),
    activation: str = "relu",
) -> keras.Model:
    """Latents -> logits or means of data: the encoder turned round.

    Args:
        data_shape: tuple of int. `(height, width, channels)` or `(length,)`.
        latent_dim: int.
        hidden_units: sequence of int, in the encoder's order.
        activation: str. Activation of the hidden layers.

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *data_shape)`,
        linear at its end.
    """
    inputs = keras.Input((latent_dim,))
    outputs = _to_data(inputs, data_shape, hidden_units, activation, "linear")
    return keras.Model(inputs, outputs, name="decoder")


def generator(
    data_shape: Sequence[int],
    latent_dim: int,
    hidden_units: Sequence[int] = (512, 256),
    activation: str = "relu",
) -> keras.Model:
    """Latents -> images in [0, 1], or rows of any numbers.

    Args:
        data_shape: tuple of int. `(height, width, channels)` or `(length,)`.
        latent_dim: int.
        hidden_units: sequence of int, in the discriminator's order.
        activation: str. Activation of the hidden layers.

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *data_shape)`.
    """
    inputs = keras.Input((latent_dim,))
    last = "sigmoid" if as_kind(data_shape).has_bounds else "linear"
    outputs = _to_data(inputs, data_shape, hidden_units, activation, last)
    return keras.Model(inputs, outputs, name="generator")


def discriminator(
    data_shape: Sequence[int],
    num_outputs: int = 1,
    hidden_units: Sequence[int] = (512, 256),
    dropout: float = 0.3,
    spectral_normalization: bool = False,
    num_label_maps: int = 0,
) -> keras.Model:
    """Data -> logits, with leaky ReLU and dropout.

    Dropout in the discriminator is that of Goodfellow et al. (2014),
    section 5.

    Args:
        data_shape: tuple of int. `(height, width, channels)` or `(length,)`.
        num_outputs: int.
        hidden_units: sequence of int.
        dropout: float. Share of units dropped after each hidden layer.
        spectral_normalization: bool. Whether every kernel keeps spectral norm 1
            (Miyato et al. 2018, https://arxiv.org/abs/1802.05957).
        num_label_maps: int. How many of the last channels have one value all
            over, which is read once.

    Returns:
        `keras.Model` from `(batch, *data_shape)` to `(batch, num_outputs)`.
    """
    check_positive_integers("hidden_units", hidden_units)
    check_fraction("dropout", dropout)
    inputs = keras.Input(data_shape)
    x = _flat(inputs, num_label_maps)
    for units in hidden_units:
        x = with_unit_norm(layers.Dense(units), spectral_normalization)(x)
        x = layers.LeakyReLU(0.2)(x)
        if dropout:
            x = layers.Dropout(dropout)(x)
    last = layers.Dense(num_outputs, dtype="float32")
    outputs = with_unit_norm(last, spectral_normalization)(x)
    return keras.Model(inputs, outputs, name="discriminator")


def backbone(
    data_shape: Sequence[int],
    num_classes: int | None = None,
    num_times: int = 1,
    hidden_units: Sequence[int] = (256, 256, 256),
    embedding_units: int = 64,
) -> keras.Model:
    """(Data, times, classes) -> what a flow predicts of the data.

    Args:
        data_shape: tuple of int. `(height, width, channels)` or `(length,)`.
        num_classes: int or `None`. Label `num_classes` stands for no class.
        num_times: int. Times that the network gets.
        hidden_units: sequence of int.
        embedding_units: int. Length of the vector of time and class, a multiple
            of 4.

    Returns:
        `keras.Model` from `[(batch, *data_shape), (batch, num_times)]` and, for
        classes, int32 `(batch,)`, to `(batch, *data_shape)`.
    """
    check_positive_integers("hidden_units", hidden_units)
    data = keras.Input(data_shape, name="data")
    conditions = time_and_class.conditions(num_classes, num_times)
    condition = time_and_class.embedding(
        conditions, num_classes, embedding_units
    )
    x = layers.Concatenate()([layers.Flatten()(data), condition])
    for units in hidden_units:
        x = layers.Dense(units, activation="silu")(x)
    x = layers.Dense(math.prod(data_shape), dtype="float32")(x)
    outputs = layers.Reshape(data_shape, dtype="float32")(x)
    return keras.Model([data, *conditions], outputs, name="mlp")


def _flat(inputs, num_label_maps):
    """All numbers of each row; of a map of a label, its first."""
    if not num_label_maps or len(inputs.shape) == 2:
        return layers.Flatten()(inputs)
    data = layers.Flatten()(inputs[..., :-num_label_maps])
    labels = inputs[:, 0, 0, -num_label_maps:]
    return layers.Concatenate()([data, labels])


def _to_data(x, data_shape, hidden_units, activation, last_activation):
    check_positive_integers("hidden_units", hidden_units)
    for units in reversed(hidden_units):
        x = layers.Dense(units, activation=activation)(x)
    x = layers.Dense(
        math.prod(data_shape), activation=last_activation, dtype="float32"
    )(x)
    return layers.Reshape(data_shape, dtype="float32")(x)
