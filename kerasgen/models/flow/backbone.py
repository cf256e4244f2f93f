"""The network of a flow: the user's own, or a new one."""

from kerasgen import networks
from kerasgen.networks import check_network


def backbone_of(model, shape, num_classes=None, num_times=1):
    """The backbone of a model with `network` and `network_options`.

    Args:
        model: model with an argument `backbone`.
        shape: tuple of int. What the network gets and returns.
        num_classes: int, or `None` for a network that gets no labels.
        num_times: int. Times that it gets.

    Returns:
        `keras.Model`.

    Raises:
        ValueError: if the user's own is no such network.
    """
    own = model.given_network("backbone")
    backbone = own or networks.build(
        model.network,
        "backbone",
        dtype=model.dtype_policy,
        options=model.network_options,
        data_shape=shape,
        num_classes=num_classes,
        num_times=num_times,
    )
    labels = [] if num_classes is None else [()]
    inputs = [shape, (num_times,), *labels]
    check_network(backbone, "backbone", inputs, shape)
    return backbone
