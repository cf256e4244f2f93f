"""Log-likelihoods of images, in nats, summed over all pixels."""

import math

import tensorflow as tf


def bernoulli_log_likelihood(images: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """`sum(x log p + (1 - x) log(1 - p))` with `p = sigmoid(logits)`.

    Appendix C.1 of Kingma and Welling (2014). It is a likelihood where images
    are 0 or 1; for grey values it is the binary cross-entropy that is commonly
    used in its place.

    Args:
        images: float tensor of shape `(batch, ...)` in [0, 1].
        logits: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(
        labels=tf.cast(images, tf.float32), logits=tf.cast(logits, tf.float32)
    )
    return -_sum_pixels(cross_entropy)


def gaussian_log_likelihood(
    images: tf.Tensor, mean: tf.Tensor, log_scale: tf.Tensor | float
) -> tf.Tensor:
    """Density of a Gaussian around `mean`, normalizing constant included.

    Appendix C.2 of Kingma and Welling (2014).

    Args:
        images: float tensor of shape `(batch, ...)`.
        mean: float tensor of the same shape.
        log_scale: float tensor that broadcasts to it. Log of the standard
            deviation.

    Returns:
        A float32 tensor of shape `(batch,)`; a density can exceed 1, so it may
        be positive.
    """
    images, mean = tf.cast(images, tf.float32), tf.cast(mean, tf.float32)
    standardized = (images - mean) * tf.exp(-log_scale)
    terms = tf.square(standardized) + 2 * log_scale + math.log(2 * math.pi)
    return -0.5 * _sum_pixels(terms)


def discretized_logistic_log_likelihood(
    images: tf.Tensor,
    mean: tf.Tensor,
    log_scale: tf.Tensor | float,
    levels: int = 256,
) -> tf.Tensor:
    """Probability of pixels on a grid of levels, under a logistic density.

    The mass of a logistic distribution in a bin one level wide; the outer bins
    take the tails. Equation 2 of Salimans et al. (2017), with one component.

    Args:
        images: float tensor of shape `(batch, ...)` in [0, 1]; rounded to the
            nearest of `levels` levels.
        mean: float tensor of the same shape.
        log_scale: float tensor that broadcasts to it. Log of the scale of the
            logistic, in units where images span [0, 1].
        levels: int. Number of values a pixel can take.

    Returns:
        A float32 tensor of shape `(batch,)`, at most 0.
    """
    mean = tf.cast(mean, tf.float32)
    top = levels - 1
    level = tf.round(tf.cast(images, tf.float32) * top)
    upper = ((level + 0.5) / top - mean) * tf.exp(-log_scale)
    lower = ((level - 0.5) / top - mean) * tf.exp(-log_scale)
    # A difference of two sigmoids is sigmoid(upper) * sigmoid(-lower) times
    # 1 - exp(lower - upper), whose logs stay finite in the tails.
    width = upper - lower
    inner = (
        tf.math.log_sigmoid(upper)
        + tf.math.log_sigmoid(-lower)
        + tf.math.log(-tf.math.expm1(-width))
    )
    log_mass = tf.where(
        level <= 0,
        tf.math.log_sigmoid(upper),
        tf.where(level >= top, tf.math.log_sigmoid(-lower), inner),
    )
    return _sum_pixels(log_mass)


def _sum_pixels(values):
    return tf.reduce_sum(values, axis=tuple(range(1, values.shape.rank)))
