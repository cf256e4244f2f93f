"""What the discriminator and the generator of a GAN minimize.

Each loss is a pair of functions of logits, one value a row. `D(x)` below is the
sigmoid of the discriminator's logit.
"""

import tensorflow as tf

from kerasgen.utils.arguments import check_choice


def minimax_discriminator_loss(real_logits, fake_logits, label_smoothing=0.0):
    """`-log D(x) - log(1 - D(G(z)))`.

    The negative of equation 1 of Goodfellow et al. (2014). With one-sided
    label smoothing s (Salimans et al. 2016, section 3.4) the first term becomes
    `-(1 - s) log D(x) - s log(1 - D(x))`.

    Args:
        real_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        fake_logits: float tensor of the same shape.
        label_smoothing: float in [0, 1). How far the target of real images
            lies below 1.

    Returns:
        A float32 tensor of shape `(batch,)`.

    Example:

    >>> loss = minimax_discriminator_loss(tf.zeros(1), tf.zeros(1))
    >>> round(float(loss[0]), 4)  # 2 log 2
    1.3863
    """
    real_logits, fake_logits = _flat(real_logits), _flat(fake_logits)
    # (1 - s) softplus(-l) + s softplus(l) = softplus(-l) + s l.
    real_loss = tf.nn.softplus(-real_logits) + label_smoothing * real_logits
    return real_loss + tf.nn.softplus(fake_logits)


def minimax_generator_loss(fake_logits):
    """`log(1 - D(G(z)))`, equation 1 of Goodfellow et al. (2014).

    It saturates: its gradient vanishes while the discriminator is right.

    Args:
        fake_logits: float tensor of shape `(batch,)` or `(batch, 1)`.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return -tf.nn.softplus(_flat(fake_logits))


def non_saturating_discriminator_loss(
    real_logits, fake_logits, label_smoothing=0.0
):
    """The same as `minimax_discriminator_loss`."""
    return minimax_discriminator_loss(real_logits, fake_logits, label_smoothing)


def non_saturating_generator_loss(fake_logits):
    """`-log D(G(z))`, section 3 of Goodfellow et al. (2014).

    Args:
        fake_logits: float tensor of shape `(batch,)` or `(batch, 1)`.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return tf.nn.softplus(-_flat(fake_logits))


def adversarial_losses(name):
    """The (discriminator loss, generator loss) of a name.

    Args:
        name: str. `"minimax"` or `"non_saturating"`.

    Returns:
        A pair of functions.

    Raises:
        ValueError: for another name.
    """
    check_choice("loss", name, NAMES)
    return _PAIRS[name]


def _flat(logits):
    return tf.reshape(tf.cast(logits, tf.float32), [-1])


_PAIRS = {
    "minimax": (minimax_discriminator_loss, minimax_generator_loss),
    "non_saturating": (
        non_saturating_discriminator_loss,
        non_saturating_generator_loss,
    ),
}
NAMES = tuple(_PAIRS)
