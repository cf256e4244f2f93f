"""Penalties of the user's own layers."""

import tensorflow as tf


def regularization(network):
    """The sum of a network's regularization losses, 0 if it has none."""
    return tf.add_n(network.losses) if network.losses else 0.0
