"""Networks between data and a grid of latents, as VQVAE needs.

The residual one is that of section 4.1 of van den Oord et al. (2017),
https://arxiv.org/abs/1711.00937.
"""

import math
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasgen.data.kinds import Rows
from kerasgen.data.kinds import as_kind
from kerasgen.layers import convolution_layers
from kerasgen.networks import sizes
from kerasgen.networks.build import build
from kerasgen.networks.build import option_names
from kerasgen.networks.layer_defaults import layer_defaults
from kerasgen.utils.arguments import as_python
from kerasgen.utils.arguments import check_positive_integer

# Options of the residual networks here, of which the first two are numbers.
_RESIDUAL_OPTIONS = ("filters", "blocks_per_stage", "fast_convolutions")
# Rows of numbers have no places; this many codes stand for one.
_CODES_OF_A_ROW = 8


def default_grid_shape(data_shape: Sequence[int]) -> tuple[int, ...]:
    """`(height, width)` of the grid where the user names none.

    Args:
        data_shape: `(height, width, channels)` or `(length,)`.

    Returns:
        The image halved twice as in the paper, or once where it is small.
    """
    if isinstance(as_kind(data_shape), Rows):
        return (_CODES_OF_A_ROW, 1)
    halvings = 2 if min(data_shape[:2]) >= 16 else 1
    return sizes.core_size(data_shape, halvings)


def grid_encoder(
    network: str,
    data_shape: Sequence[int],
    latent_shape: Sequence[int],
    *,
    dtype: str | keras.DTypePolicy | None = None,
    options: Mapping[str, Any] | None = None,
) -> keras.Model:
    """Data -> a grid of vectors.

    Args:
        network: str. `"resnet"`: convolutions that halve an image to the grid,
            then residual blocks. Others of `kerasgen.networks.NETWORKS`: that
            network, with one output a number of the grid.
        data_shape: tuple of int. `(height, width, channels)`, or `(length,)`
            with `"mlp"`.
        latent_shape: `(height, width, latent_dim)`.
        dtype: str or `keras.DTypePolicy`. The layers' policy; what is returned
            is always float32.
        options: dict or `None`. Options of the network, of `"resnet"`
            `filters`, `blocks_per_stage` and `fast_convolutions`, which is as
            in `kerasgen.networks.dcgan`.

    Returns:
        `keras.Model` from `(batch, *data_shape)` to `(batch, *latent_shape)`.

    Raises:
        ValueError: for an unknown network or option, and for a grid that is
            not the image halved.
    """
    if network == "resnet":
        with layer_defaults(dtype):
            return _residual_encoder(
                data_shape, latent_shape, **_residual_options(options)
            )
    dense = build(
        network,
        "encoder",
        dtype=dtype,
        options=options,
        data_shape=data_shape,
        num_outputs=math.prod(latent_shape),
    )
    outputs = layers.Reshape(latent_shape, dtype="float32")(dense.output)
    return keras.Model(dense.input, outputs, name="encoder")


def grid_decoder(
    network: str,
    data_shape: Sequence[int],
    latent_shape: Sequence[int],
    *,
    dtype: str | keras.DTypePolicy | None = None,
    options: Mapping[str, Any] | None = None,
) -> keras.Model:
    """A grid of vectors -> data; the arguments are those of `grid_encoder`.

    Returns:
        `keras.Model` from `(batch, *latent_shape)` to `(batch, *data_shape)`,
        linear at its end.
    """
    if network == "resnet":
        with layer_defaults(dtype):
            return _residual_decoder(
                data_shape, latent_shape, **_residual_options(options)
            )
    dense = build(
        network,
        "decoder",
        dtype=dtype,
        options=options,
        data_shape=data_shape,
        latent_dim=math.prod(latent_shape),
    )
    inputs = keras.Input(latent_shape)
    flat = layers.Flatten(dtype="float32")(inputs)
    return keras.Model(inputs, dense(flat), name="decoder")


def _residual_encoder(
    data_shape,
    latent_shape,
    filters=64,
    blocks_per_stage=2,
    fast_convolutions=True,
):
    halvings = _num_halvings(data_shape, latent_shape)
    convolution_layer, _ = convolution_layers(fast_convolutions)
    inputs = keras.Input(data_shape)
    x = layers.Rescaling(2.0, offset=-1.0)(inputs)
    for level in range(halvings):
        x = convolution_layer(
            filters,
            4,
            strides=2,
            padding="same",
            kernel_initializer="he_uniform",
        )(x)
        # The residual blocks after the last begin with a ReLU.
        x = layers.ReLU()(x) if level < halvings - 1 else x
    x = _residual_blocks(x, filters, blocks_per_stage)
    outputs = layers.Conv2D(latent_shape[-1], 1, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="encoder")


def _residual_decoder(
    data_shape,
    latent_shape,
    filters=64,
    blocks_per_stage=2,
    fast_convolutions=True,
):
    halvings = _num_halvings(data_shape, latent_shape)
    _, transposed_layer = convolution_layers(fast_convolutions)
    inputs = keras.Input(latent_shape)
    x = layers.Conv2D(
        filters, 3, padding="same", kernel_initializer="he_uniform"
    )(inputs)
    x = _residual_blocks(x, filters, blocks_per_stage)
    for _ in range(halvings - 1):
        x = transposed_layer(
            filters,
            4,
            strides=2,
            padding="same",
            activation="relu",
            kernel_initializer="he_uniform",
        )(x)
    x = transposed_layer(
        data_shape[-1], 4, strides=2, padding="same", dtype="float32"
    )(x)
    return keras.Model(inputs, sizes.crop(x, data_shape), name="decoder")


def _residual_blocks(x, filters, blocks):
    """ReLU, 3x3 convolution, ReLU, 1x1 convolution, beside a shortcut."""
    for _ in range(blocks):
        y = layers.Conv2D(
            filters, 3, padding="same", kernel_initializer="he_uniform"
        )(layers.ReLU()(x))
        y = layers.Conv2D(filters, 1)(layers.ReLU()(y))
        x = layers.Add()([x, y])
    return layers.ReLU()(x)


def _residual_options(options):
    options = as_python(dict(options or {}))
    for name in options:
        known = (*option_names("resnet"), *_RESIDUAL_OPTIONS)
        if name not in known or name == "attention_level":
            raise ValueError(
                "Argument `network_options` must hold "
                f"{', '.join(_RESIDUAL_OPTIONS)} of 'resnet'. "
                f"Received: network_options={options!r}."
            )
    options = {
        name: options[name] for name in _RESIDUAL_OPTIONS if name in options
    }
    for name in _RESIDUAL_OPTIONS[:2]:
        if name in options:
            check_positive_integer(name, options[name])
    return options


def _num_halvings(data_shape, latent_shape):
    """How often an image is halved to be as large as the grid."""
    # Down to 2 by 2, from the 4 by 4 where other networks stop.
    most = sizes.num_halvings(data_shape, "resnet") + 1
    grids = [
        sizes.core_size(data_shape, halvings) for halvings in range(1, most + 1)
    ]
    grid = tuple(latent_shape[:2])
    if grid not in grids:
        raise ValueError(
            "Argument `grid_shape` must be an image halved, of "
            f"{', '.join(map(str, grids))}, for a resnet network on "
            f"data_shape={tuple(data_shape)}. Received: grid_shape={grid}. "
            'With `network="mlp"` it is free.'
        )
    return grids.index(grid) + 1
