"""One way to build any network by its name."""

import inspect
from collections.abc import Mapping
from typing import Any

import keras

from kerasgen.networks import dcgan
from kerasgen.networks import dit
from kerasgen.networks import mlp
from kerasgen.networks import patch_discriminator
from kerasgen.networks import pixelcnn
from kerasgen.networks import resnet
from kerasgen.networks import resnet_translator
from kerasgen.networks import transformer
from kerasgen.networks import unet
from kerasgen.networks import unet_translator
from kerasgen.networks.layer_defaults import layer_defaults
from kerasgen.utils.arguments import as_python
from kerasgen.utils.arguments import check_choice

NETWORKS = {"mlp": mlp, "dcgan": dcgan, "resnet": resnet}
# Those of flows and diffusion.
BACKBONES = {"unet": unet, "dit": dit, "mlp": mlp}
# Those between two domains of images.
TRANSLATORS = {"resnet": resnet_translator, "unet": unet_translator}
# Those of sequences of tokens.
SEQUENCES = {"transformer": transformer}
# Those of grids of numbers.
GRIDS = {"pixelcnn": pixelcnn}
_TABLES = {
    "NETWORKS": NETWORKS,
    "BACKBONES": BACKBONES,
    "TRANSLATORS": TRANSLATORS,
    "SEQUENCES": SEQUENCES,
    "GRIDS": GRIDS,
}
# The parts of the networks of each table.
_PARTS = {
    "NETWORKS": ("encoder", "decoder", "generator", "discriminator"),
    "BACKBONES": ("backbone",),
    "TRANSLATORS": ("translator", "patch_discriminator"),
    "SEQUENCES": ("sequence",),
    "GRIDS": ("pixelcnn",),
}
# Those that all networks of a table share, and the module that has them.
_SHARED = {"patch_discriminator": patch_discriminator}
# What a model says of its data and latents; the rest are the user's options.
_SHAPES = (
    "data_shape",
    "source_shape",
    "target_shape",
    "latent_dim",
    "num_outputs",
    "num_classes",
    "num_times",
    "num_inputs",
    "grid_shape",
    "num_embeddings",
    "dtype",
)


def build(
    network: str,
    part: str,
    *,
    dtype: str | keras.DTypePolicy | None = None,
    options: Mapping[str, Any] | None = None,
    **shapes: Any,
) -> keras.Model:
    """Builds one part of a model as a plain `keras.Model`.

    Args:
        network: str. `"mlp"`, `"dcgan"` or `"resnet"`; `"unet"`, `"dit"` or
            `"mlp"` for a backbone; `"resnet"` or `"unet"` between two domains;
            `"transformer"` for sequences; `"pixelcnn"` for grids.
        part: str. `"encoder"`, `"decoder"`, `"generator"`, `"discriminator"`,
            `"backbone"`, `"translator"`, `"patch_discriminator"`, `"sequence"`
            or `"pixelcnn"`.
        dtype: str or `keras.DTypePolicy`. The layers' policy; what a network
            returns is always float32.
        options: dict or `None`. Arguments of the network's own, such as
            `{"filters": 32}`. Those that only other parts of it know are left
            out.
        **shapes: `data_shape`, and `latent_dim` of a decoder or generator or
            `num_outputs` of an encoder or discriminator (1 by default), or
            `num_classes` and `num_times` of a backbone, or `source_shape` and
            `target_shape` between two domains, or `num_inputs` and
            `num_outputs` of a network of sequences, or `grid_shape` and
            `num_embeddings` of one of grids.

    Returns:
        `keras.Model`.

    Raises:
        ValueError: for an unknown network or option, with the known ones.
    """
    networks, _ = _table_of(part)
    check_choice("network", network, tuple(networks))
    options = as_python(dict(options or {}))
    known = option_names(network, part)
    for name in options:
        if name not in known:
            raise ValueError(
                f"Argument `network_options` must hold options of {network!r}, "
                f"which are {known}. "
                f"Received: network_options={options!r}."
            )
    builder = _builder(networks[network], part)
    accepted = inspect.signature(builder).parameters
    options = {k: v for k, v in options.items() if k in accepted}
    with layer_defaults(dtype):
        return builder(**as_python(shapes), **options)


def option_names(network: str, part: str = "encoder") -> list[str]:
    """The names that `options` of a network may hold.

    Args:
        network: str. Name of the network.
        part: str. One of its parts; all have the same names.
    """
    networks, parts = _table_of(part)
    names = []
    for each in parts:
        builder = _builder(networks[network], each)
        names += [
            name
            for name in inspect.signature(builder).parameters
            if name not in _SHAPES and name not in names
        ]
    return names


def _table_of(part):
    """The networks that have a part, and all of their parts."""
    return next(
        (_TABLES[name], parts)
        for name, parts in _PARTS.items()
        if part in parts
    )


def _builder(module, part):
    return getattr(_SHARED.get(part, module), part)
