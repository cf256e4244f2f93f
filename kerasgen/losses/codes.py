"""Losses of discrete codes (van den Oord et al. 2017), one value a row."""

import tensorflow as tf


def codebook_loss(encoded: tf.Tensor, embeddings: tf.Tensor) -> tf.Tensor:
    """`||sg[z_e(x)] - e||^2`: moves the codes to the encoder's outputs.

    The second term of equation 3 of van den Oord et al. (2017), averaged over
    the grid as they do below it. `sg` stops the gradient.

    Args:
        encoded: float tensor of shape `(batch, ..., latent_dim)`.
        embeddings: float tensor of the same shape, the code nearest to each.

    Returns:
        A float32 tensor of shape `(batch,)`, at least 0.
    """
    return _squared_distance(tf.stop_gradient(encoded), embeddings)


def commitment_loss(encoded: tf.Tensor, embeddings: tf.Tensor) -> tf.Tensor:
    """`||z_e(x) - sg[e]||^2`: keeps the encoder's outputs near the codes.

    The third term of equation 3 of van den Oord et al. (2017) without its
    weight, averaged over the grid as they do below it.

    Args:
        encoded: float tensor of shape `(batch, ..., latent_dim)`.
        embeddings: float tensor of the same shape, the code nearest to each.

    Returns:
        A float32 tensor of shape `(batch,)`, at least 0.

    Example:

    >>> encoded = tf.constant([[[0.0, 0.0], [1.0, 1.0]]])
    >>> embeddings = tf.constant([[[3.0, 4.0], [1.0, 2.0]]])
    >>> commitment_loss(encoded, embeddings).numpy()  # (25 + 1) / 2
    array([13.], dtype=float32)
    """
    return _squared_distance(encoded, tf.stop_gradient(embeddings))


def code_log_likelihood(codes: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Log-probability of grids of codes, in nats, summed over the grid.

    Args:
        codes: int tensor of shape `(batch, ...)`.
        logits: float tensor of shape `(batch, ..., num_embeddings)`.

    Returns:
        A float32 tensor of shape `(batch,)`, at most 0.
    """
    # In rows, of which TensorFlow asserts nothing in a graph that is served.
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.reshape(codes, [-1]),
        logits=tf.reshape(tf.cast(logits, tf.float32), (-1, logits.shape[-1])),
    )
    cross_entropy = tf.reshape(cross_entropy, tf.shape(codes))
    return -tf.reduce_sum(cross_entropy, axis=tuple(range(1, codes.shape.rank)))


def _squared_distance(first, second):
    difference = tf.cast(first, tf.float32) - tf.cast(second, tf.float32)
    squares = tf.reduce_sum(tf.square(difference), axis=-1)
    return tf.reduce_mean(squares, axis=tuple(range(1, squares.shape.rank)))
