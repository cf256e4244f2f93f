"""One way to build any network by its name."""

import inspect

import keras

from kerasgen.networks import dcgan
from kerasgen.networks import mlp
from kerasgen.utils.arguments import check_choice

NETWORKS = {"mlp": mlp, "dcgan": dcgan}


def build(network, part, *, dtype=None, options=None, **shapes):
    """Builds one part of a model as a plain `keras.Model`.

    Args:
        network: str. `"mlp"` or `"dcgan"`.
        part: str. `"encoder"`, `"decoder"`, `"generator"` or
            `"discriminator"`.
        dtype: str or `keras.DTypePolicy`. The layers' policy; what a network
            returns is always float32.
        options: dict or `None`. Arguments of the network's own, such as
            `{"filters": 32}`. Those that only other parts of it know are left
            out.
        **shapes: `data_shape` and `latent_dim` or `num_outputs`.

    Returns:
        `keras.Model`.

    Raises:
        ValueError: for an unknown network or option, with the known ones.
    """
    check_choice("network", network, tuple(NETWORKS))
    module = NETWORKS[network]
    options = dict(options or {})
    known = option_names(network)
    for name in options:
        if name not in known:
            raise ValueError(
                f"Argument `network_options` must hold options of {network!r}, "
                f"which are {known}. "
                f"Received: network_options={options!r}."
            )
    builder = getattr(module, part)
    accepted = inspect.signature(builder).parameters
    options = {k: v for k, v in options.items() if k in accepted}
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype or before)
    try:
        return builder(**shapes, **options)
    finally:
        keras.config.set_dtype_policy(before)


def option_names(network):
    """The names that `options` of a network may hold."""
    module = NETWORKS[network]
    names = []
    for part in ("encoder", "decoder", "generator", "discriminator"):
        parameters = inspect.signature(getattr(module, part)).parameters
        names += [
            name
            for name, parameter in parameters.items()
            if parameter.default is not parameter.empty and name not in names
        ]
    return names
