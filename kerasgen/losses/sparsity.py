"""Penalties on how often the units of a code are active."""

import math

import tensorflow as tf

# The least mean activity that is told from 0; its log and inverse are finite.
_LEAST = 1e-30


def bernoulli_kl(
    target: float, activity: tf.Tensor, inactivity: tf.Tensor
) -> tf.Tensor:
    """KL divergence between coins that show 1 at two rates, one value a unit.

    `t log(t / a) + (1 - t) log((1 - t) / (1 - a))`, the penalty of section 3 of
    Ng's lecture notes "Sparse autoencoder" (2011).

    Args:
        target: float in [0, 1]. The rate `t` that is wished for.
        activity: float tensor of shape `(units,)`. The rates `a`.
        inactivity: float tensor of shape `(units,)`. `1 - a`, which can be
            told more precisely from 0 by the caller than here from 1.

    Returns:
        A float32 tensor of shape `(units,)`, in nats, at least 0.

    Example:

    >>> activity = tf.constant([0.5, 0.1])
    >>> bernoulli_kl(0.5, activity, 1.0 - activity).numpy().round(4)
    array([0.    , 0.5108], dtype=float32)
    """
    activity = tf.maximum(tf.cast(activity, tf.float32), _LEAST)
    inactivity = tf.maximum(tf.cast(inactivity, tf.float32), _LEAST)
    cross_entropy = -target * tf.math.log(activity) - (
        1.0 - target
    ) * tf.math.log(inactivity)
    return cross_entropy - _entropy(target)


def _entropy(rate):
    return -sum(p * math.log(p) for p in (rate, 1.0 - rate) if p)
