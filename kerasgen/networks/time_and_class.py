"""How times and classes reach the networks of flows and diffusion."""

import math

import keras
import numpy as np
from keras import layers
from keras import ops

# The highest frequency of waves that say a time. Where there are several, the
# slope by a time is learned (`MeanFlow`), which high ones make large.
_HIGHEST = 100.0
_HIGHEST_OF_SEVERAL = 8.0


def conditions(
    num_classes: int | None, num_times: int
) -> list[keras.KerasTensor]:
    """The inputs beside the data: times and, where there are any, classes.

    Args:
        num_classes: int or `None`. Label `num_classes` stands for no class.
        num_times: int.

    Returns:
        List of `keras.KerasTensor`: of shape `(batch, num_times)` and, for
        labels, `(batch,)` of int32.
    """
    inputs = [keras.Input((num_times,), name="times")]
    if num_classes is not None:
        inputs.append(keras.Input((), dtype="int32", name="labels"))
    return inputs


def embedding(
    inputs: list[keras.KerasTensor], num_classes: int | None, units: int
) -> keras.KerasTensor:
    """One vector that says the times and the class.

    Sines and cosines of each time (section 3.5 of Vaswani et al. 2017,
    https://arxiv.org/abs/1706.03762, for times from 0 to 1), through two dense
    layers, plus a vector a class.

    Args:
        inputs: what `conditions` returns.
        num_classes: int or `None`.
        units: int. Length of the vector.

    Returns:
        `keras.KerasTensor` of shape `(batch, units)`.
    """
    highest = _HIGHEST if inputs[0].shape[-1] == 1 else _HIGHEST_OF_SEVERAL
    frequencies = np.geomspace(0.5, highest, units // 4)
    angles = ops.expand_dims(ops.cast(inputs[0], "float32"), -1)
    angles = angles * frequencies.astype("float32")
    waves = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)
    waves = layers.Flatten()(waves)
    x = layers.Dense(units, activation="silu", name="time_1")(waves)
    x = layers.Dense(units, name="time_2")(x)
    if num_classes is not None:
        # One more stands for no class.
        table = layers.Embedding(
            num_classes + 1,
            units,
            embeddings_initializer=keras.initializers.RandomNormal(
                stddev=1.0 / math.sqrt(units)
            ),
            name="class",
        )
        x = layers.Add()([x, table(inputs[1])])
    return layers.Activation("silu")(x)


def scales_and_shifts(
    channels: int, condition: keras.KerasTensor
) -> keras.KerasTensor:
    """A scale and a shift a channel, by the time and the class, 0 at first.

    FiLM: Perez et al. (2018), https://arxiv.org/abs/1709.07871.

    Args:
        channels: int.
        condition: `keras.KerasTensor` of shape `(batch, units)`.

    Returns:
        `keras.KerasTensor` of shape `(batch, 2 * channels)`: scales, of which
        0 leaves a channel as it is, and shifts.
    """
    return layers.Dense(2 * channels, kernel_initializer="zeros")(condition)


def scaled_and_shifted(
    x: keras.KerasTensor, condition: keras.KerasTensor
) -> keras.KerasTensor:
    """Each channel scaled and shifted by the time and the class.

    Args:
        x: `keras.KerasTensor` of shape `(batch, ..., channels)`.
        condition: `keras.KerasTensor` of shape `(batch, units)`.

    Returns:
        `keras.KerasTensor` of the shape of `x`.
    """
    channels = x.shape[-1]
    both = scales_and_shifts(channels, condition)
    ones = (1,) * (len(x.shape) - 2)
    both = layers.Reshape((*ones, 2 * channels))(both)
    return x * (1.0 + both[..., :channels]) + both[..., channels:]
