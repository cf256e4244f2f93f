"""Divergences between distributions, in nats."""

import math

import tensorflow as tf

_LOG_2_PI = math.log(2 * math.pi)
# The bounds of the autoencoder of Rombach et al. (2022), in their code.
_LEAST_LOG_VARIANCE, _GREATEST_LOG_VARIANCE = -30.0, 20.0


@tf.custom_gradient
def bounded_log_variance(log_variance: tf.Tensor) -> tf.Tensor:
    """Log-variances within [-30, 20], whose exponentials float32 holds.

    For rows in the thousands a network returns others. The bounds, far outside
    the values of a trained VAE, are those of Rombach et al. (2022), in the
    `DiagonalGaussianDistribution` of their code. Unlike those of a plain clip,
    gradients that lead back inside stay.

    Args:
        log_variance: float tensor.

    Returns:
        A tensor of the same shape.

    Example:

    >>> bounded_log_variance(tf.constant([-500.0, 1.5, 500.0])).numpy()
    array([-30. ,   1.5,  20. ], dtype=float32)
    """
    low, high = _LEAST_LOG_VARIANCE, _GREATEST_LOG_VARIANCE

    def gradient(upstream):
        # Descent moves against its sign.
        leads_out = ((log_variance > high) & (upstream < 0)) | (
            (log_variance < low) & (upstream > 0)
        )
        return tf.where(leads_out, tf.zeros_like(upstream), upstream)

    return tf.clip_by_value(log_variance, low, high), gradient


def gaussian_kl(mean: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """KL divergence of a diagonal Gaussian from the standard normal.

    `0.5 * sum(mean^2 + variance - 1 - log variance)`, appendix B of Kingma and
    Welling (2014).

    Args:
        mean: float tensor of shape `(batch, latent_dim)`.
        log_variance: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`, in nats, at least 0.

    Example:

    >>> gaussian_kl(tf.constant([[1.0, 2.0]]), tf.zeros((1, 2))).numpy()
    array([2.5], dtype=float32)
    """
    mean = tf.cast(mean, tf.float32)
    log_variance = tf.cast(log_variance, tf.float32)
    # expm1 keeps the precision that exp(v) - 1 loses near the prior.
    terms = tf.square(mean) + tf.math.expm1(log_variance) - log_variance
    return 0.5 * tf.reduce_sum(terms, axis=-1)


def gaussian_log_density(
    values: tf.Tensor | float,
    mean: tf.Tensor | float,
    log_variance: tf.Tensor | float,
) -> tf.Tensor:
    """Log densities of numbers under Gaussians, none of them summed.

    Args:
        values: float tensor.
        mean: float tensor that broadcasts with it.
        log_variance: float tensor that broadcasts with it.

    Returns:
        A float32 tensor of the shape that they broadcast to.

    Example:

    >>> gaussian_log_density(tf.constant([1.0]), 1.0, 0.0).numpy().round(4)
    array([-0.9189], dtype=float32)
    """
    values = tf.cast(values, tf.float32)
    mean = tf.cast(mean, tf.float32)
    log_variance = tf.cast(log_variance, tf.float32)
    squares = tf.square(values - mean) * tf.exp(-log_variance)
    return -0.5 * (squares + log_variance + _LOG_2_PI)


def gaussian_mixture_log_density(
    values: tf.Tensor, mean: tf.Tensor, log_variance: tf.Tensor
) -> tf.Tensor:
    """Log density of an equal mixture of diagonal Gaussians.

    The prior of equation 9 of Tomczak and Welling (2018), from what their
    encoder returns for the pseudo-inputs.

    Args:
        values: float tensor of shape `(batch, latent_dim)`.
        mean: float tensor of shape `(components, latent_dim)`.
        log_variance: float tensor of the same shape.

    Returns:
        A float32 tensor of shape `(batch,)`, in nats.

    Example:

    >>> gaussian_mixture_log_density(
    ...     tf.zeros((1, 1)), tf.zeros((3, 1)), tf.zeros((3, 1))
    ... ).numpy().round(4)
    array([-0.9189], dtype=float32)
    """
    # Products of matrices need no tensor of batch * components * latent_dim,
    # but subtract large numbers, which takes more precision.
    values, mean, log_variance = (
        tf.cast(x, tf.float64) for x in (values, mean, log_variance)
    )
    precision = tf.exp(-log_variance)
    squares = (
        tf.matmul(tf.square(values), precision, transpose_b=True)
        - 2 * tf.matmul(values, mean * precision, transpose_b=True)
        + tf.reduce_sum(tf.square(mean) * precision, axis=1)
    )
    constants = tf.reduce_sum(log_variance + _LOG_2_PI, axis=1)
    log_densities = -0.5 * (squares + constants)
    number = tf.cast(tf.shape(mean)[0], tf.float64)
    mixture = tf.reduce_logsumexp(log_densities, axis=1) - tf.math.log(number)
    return tf.cast(mixture, tf.float32)


def stratified_log_weights(
    rows: tf.Tensor, batch_size: int, dataset_size: int
) -> tf.Tensor:
    """Logs of weights by which a batch stands for a whole data set.

    Minibatch stratified sampling of Chen et al. (2018), in the appendix: the
    aggregate posterior `q(z) = 1/N sum_n q(z|n)`, at a `z` drawn for image `n*`
    of a batch of `M + 1`, is estimated without bias by

    `1/N q(z|n*) + 1/M sum_{M-1 others} q(z|n) + (N-M)/(NM) q(z|last other)`.

    Args:
        rows: int tensor of shape `(rows,)`. For which image of the batch each
            `z` is drawn.
        batch_size: int. `M + 1`. A batch of one stands for itself.
        dataset_size: int. `N`; raised to `batch_size` where it is less.

    Returns:
        A float32 tensor of shape `(rows, batch_size)`: the weights of all
        images for each `z`, which add up to 1.

    Example:

    >>> tf.exp(stratified_log_weights(tf.range(1), 3, 10)).numpy().round(4)
    array([[0.1, 0.4, 0.5]], dtype=float32)
    """
    others = tf.cast(tf.maximum(batch_size - 1, 1), tf.float32)
    number = tf.cast(tf.maximum(dataset_size, batch_size), tf.float32)
    own, images = rows[:, None], tf.range(batch_size)[None]
    # Any other image can be the last one; it is that of the next row.
    weights = tf.where(
        tf.equal(images, (own + 1) % batch_size),
        1 / others - 1 / number,
        1 / others,
    )
    own_weight = tf.where(tf.equal(batch_size, 1), 1.0, 1 / number)
    return tf.math.log(tf.where(tf.equal(images, own), own_weight, weights))


def kl_decomposition(
    latents: tf.Tensor,
    mean: tf.Tensor,
    log_variance: tf.Tensor,
    rows: tf.Tensor,
    log_weights: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """KL divergence of q(z|x) from the standard normal, in three parts.

    Equation 2 of Chen et al. (2018), estimated from one `z` an image:

    - mutual information: `log q(z|x) - log q(z)`,
    - total correlation: `log q(z) - sum_j log q(z_j)`,
    - dimension-wise KL: `sum_j log q(z_j) - log p(z_j)`,

    where `q(z)` and each `q(z_j)` are weighted sums over the images of a
    batch. The parts add up to `log q(z|x) - log p(z)`.

    Args:
        latents: float tensor of shape `(rows, latent_dim)`, drawn for these
            images of the batch.
        mean: float tensor of shape `(batch, latent_dim)`, for all its images.
        log_variance: float tensor of the same shape.
        rows: int tensor of shape `(rows,)`. Which image each latent is of.
        log_weights: float tensor of shape `(rows, batch)`, such as
            `stratified_log_weights` returns.

    Returns:
        Three float32 tensors of shape `(rows,)`, in nats.
    """
    # log q(z_j|x) of each latent and each image of the batch.
    each = gaussian_log_density(
        latents[:, None], mean[None], log_variance[None]
    )
    weighted = log_weights[:, :, None] + each
    log_joint = tf.reduce_logsumexp(
        log_weights + tf.reduce_sum(each, axis=-1), axis=1
    )
    log_marginals = tf.reduce_sum(tf.reduce_logsumexp(weighted, axis=1), axis=1)
    own = gaussian_log_density(
        latents, tf.gather(mean, rows), tf.gather(log_variance, rows)
    )
    log_posterior = tf.reduce_sum(own, axis=1)
    log_prior = tf.reduce_sum(gaussian_log_density(latents, 0.0, 0.0), axis=1)
    return (
        log_posterior - log_joint,
        log_joint - log_marginals,
        log_marginals - log_prior,
    )
