"""Penalties on the gradient of a discriminator by its input."""

from collections.abc import Callable

import tensorflow as tf

from kerasgen.utils.arguments import check_choice

# Keeps the gradient of the norm finite where the norm is 0.
_SMALLEST = 1e-12


def squared_gradient_norm(
    discriminator: Callable[[tf.Tensor], tf.Tensor], images: tf.Tensor
) -> tf.Tensor:
    """`||grad l(x)||^2`, summed over all pixels.

    Of real images this is R1, of fake images R2, but for the factor `gamma / 2`
    of equations 9 and 10 of Mescheder et al. (2018).

    Args:
        discriminator: function from images to one logit a row. A row's logit
            may not depend on other rows, so no batch normalization.
        images: float32 tensor of shape `(batch, ...)`.

    Returns:
        A float32 tensor of shape `(batch,)`.

    Example:

    >>> weights = tf.constant([[3.0], [4.0]])
    >>> squared_gradient_norm(lambda x: x @ weights, tf.zeros((1, 2))).numpy()
    array([25.], dtype=float32)
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        logits = discriminator(images)
    gradient = tape.gradient(logits, images)
    return tf.reduce_sum(
        tf.square(gradient), axis=tuple(range(1, len(images.shape)))
    )


def gradient_penalty(
    discriminator: Callable[[tf.Tensor], tf.Tensor],
    real_images: tf.Tensor,
    fake_images: tf.Tensor,
    where: tf.Tensor,
    sides: int = 2,
) -> tf.Tensor:
    """`(||grad l(x')|| - 1)^2` at points between real and fake images.

    Equation 3 of Gulrajani et al. (2017), but for its factor lambda. With one
    side, a norm below 1 costs nothing: `max(0, ||grad l(x')|| - 1)^2` (their
    section 4; Petzka et al. 2018, equation 8).

    Args:
        discriminator: function from images to one logit a row. A row's logit
            may not depend on other rows, so no batch normalization.
        real_images: float32 tensor of shape `(batch, ...)`.
        fake_images: float32 tensor of the same shape.
        where: float32 tensor in [0, 1] that broadcasts to it: 1 is the real
            image, 0 the fake one. Uniform noise, one number a row.
        sides: int. 1 or 2.

    Returns:
        A float32 tensor of shape `(batch,)`.

    Example:

    >>> weights = tf.constant([[3.0], [4.0]])
    >>> images = tf.zeros((1, 2))
    >>> penalty = gradient_penalty(lambda x: x @ weights, images, images, 0.5)
    >>> round(float(penalty[0]), 4)  # (5 - 1)^2
    16.0
    """
    check_choice("sides", sides, (1, 2))
    between = where * real_images + (1.0 - where) * fake_images
    squared_norm = squared_gradient_norm(discriminator, between)
    excess = tf.sqrt(squared_norm + _SMALLEST) - 1.0
    return tf.square(tf.nn.relu(excess) if sides == 1 else excess)
