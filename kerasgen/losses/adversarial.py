"""What the discriminator and the generator of a GAN minimize.

Each loss is a pair of functions of logits, one value a row. Below, `l(x)` is
the discriminator's logit, and `D(x)` the sigmoid of it. All generator losses
may be given the logits of real images, which the relativistic one alone
needs.
"""

import functools
from collections.abc import Callable

import tensorflow as tf

from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_range


def minimax_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor, label_smoothing: float = 0.0
) -> tf.Tensor:
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


def minimax_generator_loss(
    fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None
) -> tf.Tensor:
    """`log(1 - D(G(z)))`, equation 1 of Goodfellow et al. (2014).

    It saturates: its gradient vanishes while the discriminator is right.

    Args:
        fake_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        real_logits: not used.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return -tf.nn.softplus(_flat(fake_logits))


def non_saturating_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor, label_smoothing: float = 0.0
) -> tf.Tensor:
    """The same as `minimax_discriminator_loss`."""
    return minimax_discriminator_loss(real_logits, fake_logits, label_smoothing)


def non_saturating_generator_loss(
    fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None
) -> tf.Tensor:
    """`-log D(G(z))`, section 3 of Goodfellow et al. (2014).

    Args:
        fake_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        real_logits: not used.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return tf.nn.softplus(-_flat(fake_logits))


def least_squares_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor, label_smoothing: float = 0.0
) -> tf.Tensor:
    """`(l(x) - 1)^2 / 2 + l(G(z))^2 / 2`.

    Equation 9 of Mao et al. (2017), whose targets are 1 for real images and 0
    for fake ones.

    Args:
        real_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        fake_logits: float tensor of the same shape.
        label_smoothing: float in [0, 1). How far the target of real images
            lies below 1.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    real_error = _flat(real_logits) - (1.0 - label_smoothing)
    return 0.5 * (tf.square(real_error) + tf.square(_flat(fake_logits)))


def least_squares_generator_loss(
    fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None
) -> tf.Tensor:
    """`(l(G(z)) - 1)^2 / 2`, equation 9 of Mao et al. (2017).

    Args:
        fake_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        real_logits: not used.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return 0.5 * tf.square(_flat(fake_logits) - 1.0)


def wasserstein_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor
) -> tf.Tensor:
    """`l(G(z)) - l(x)`, the critic's loss.

    The negative of what algorithm 1 of Arjovsky et al. (2017) maximizes. It
    estimates the negative Wasserstein-1 distance as long as the critic is kept
    Lipschitz: by clipping, a gradient penalty or spectral normalization.

    Args:
        real_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        fake_logits: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return _flat(fake_logits) - _flat(real_logits)


def wasserstein_generator_loss(
    fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None
) -> tf.Tensor:
    """`-l(G(z))`, algorithm 1 of Arjovsky et al. (2017).

    Args:
        fake_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        real_logits: not used.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return -_flat(fake_logits)


def hinge_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor
) -> tf.Tensor:
    """`max(0, 1 - l(x)) + max(0, 1 + l(G(z)))`.

    The negative of equation 16 of Miyato et al. (2018).

    Args:
        real_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        fake_logits: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    real_loss = tf.nn.relu(1.0 - _flat(real_logits))
    return real_loss + tf.nn.relu(1.0 + _flat(fake_logits))


def hinge_generator_loss(
    fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None
) -> tf.Tensor:
    """`-l(G(z))`, the negative of equation 17 of Miyato et al. (2018).

    Args:
        fake_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        real_logits: not used.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return -_flat(fake_logits)


def relativistic_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor
) -> tf.Tensor:
    """`-log sigmoid(l(x) - l(G(z)))`, of each real image with one fake.

    Jolicoeur-Martineau (2019), section 4.1; the discriminator's part of
    equation 2 of Huang et al. (2024) with `f(t) = -log(1 + e^-t)` and D = -l.

    Args:
        real_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        fake_logits: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return tf.nn.softplus(_flat(fake_logits) - _flat(real_logits))


def relativistic_generator_loss(
    fake_logits: tf.Tensor, real_logits: tf.Tensor
) -> tf.Tensor:
    """`-log sigmoid(l(G(z)) - l(x))`: the discriminator's, turned round.

    Args:
        fake_logits: float tensor of shape `(batch,)` or `(batch, 1)`.
        real_logits: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`.
    """
    return tf.nn.softplus(_flat(real_logits) - _flat(fake_logits))


def adversarial_losses(
    name: str, label_smoothing: float = 0.0
) -> tuple[Callable[..., tf.Tensor], Callable[..., tf.Tensor]]:
    """The (discriminator loss, generator loss) of a name.

    Args:
        name: str. `"minimax"`, `"non_saturating"`, `"least_squares"`,
            `"wasserstein"`, `"hinge"` or `"relativistic"`.
        label_smoothing: float in [0, 0.5]. How far the target of real images
            lies below 1, for the first three, which have one.

    Returns:
        A pair of functions, `discriminator_loss(real_logits, fake_logits)` and
        `generator_loss(fake_logits, real_logits)`.

    Raises:
        ValueError: for another name, or smoothing where there is no target.
    """
    check_choice("loss", name, NAMES)
    check_range("label_smoothing", label_smoothing, 0, 0.5)
    discriminator_loss, generator_loss = _PAIRS[name]
    if not label_smoothing:
        return discriminator_loss, generator_loss
    if name not in _WITH_TARGETS:
        raise ValueError(
            "Argument `label_smoothing` must be 0 for a loss without targets. "
            f"Received: label_smoothing={label_smoothing!r}, loss={name!r}. "
            f"Use one of {', '.join(map(repr, _WITH_TARGETS))}."
        )
    smoothed = functools.partial(
        discriminator_loss, label_smoothing=label_smoothing
    )
    return smoothed, generator_loss


def _flat(logits):
    return tf.reshape(tf.cast(logits, tf.float32), [-1])


_PAIRS: dict[str, tuple[Callable[..., tf.Tensor], Callable[..., tf.Tensor]]] = {
    "minimax": (minimax_discriminator_loss, minimax_generator_loss),
    "non_saturating": (
        non_saturating_discriminator_loss,
        non_saturating_generator_loss,
    ),
    "least_squares": (
        least_squares_discriminator_loss,
        least_squares_generator_loss,
    ),
    "wasserstein": (
        wasserstein_discriminator_loss,
        wasserstein_generator_loss,
    ),
    "hinge": (hinge_discriminator_loss, hinge_generator_loss),
    "relativistic": (
        relativistic_discriminator_loss,
        relativistic_generator_loss,
    ),
}
NAMES = tuple(_PAIRS)
_WITH_TARGETS = ("minimax", "non_saturating", "least_squares")
# Whose generator needs the logits of real images.
RELATIVISTIC = ("relativistic",)
