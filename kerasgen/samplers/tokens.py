"""Draws of one token of several, by what a network says of them."""

import tensorflow as tf


def draw_token(logits, uniforms, temperature, top_k, top_p):
    """Draws a token a row, each a function of its own row alone.

    Args:
        logits: float tensor of shape `(batch, vocabulary_size)`.
        uniforms: float tensor of shape `(batch,)`, in (0, 1). A token is where
            its number falls among the cumulative probabilities of those that
            are kept, the most likely first.
        temperature: float tensor of shape `(batch,)`, at least 0. Logits are
            divided by it; at 0 the most likely token is taken.
        top_k: int tensor of shape `(batch,)`. How many of the most likely
            tokens are kept (Fan et al. 2018,
            https://arxiv.org/abs/1805.04833).
        top_p: float tensor of shape `(batch,)`, in [0, 1]. Of the most likely
            tokens as many are kept as are needed for this probability, and one
            at least (section 3.1 of Holtzman et al. 2020,
            https://arxiv.org/abs/1904.09751).

    Returns:
        int32 tensor of shape `(batch,)`.

    Example:

    >>> draw_token(
    ...     logits=tf.constant([[0.0, 2.0, 1.0]] * 2),
    ...     uniforms=tf.constant([0.5, 0.99]),
    ...     temperature=tf.constant([1.0, 1.0]),
    ...     top_k=tf.constant([3, 2]),
    ...     top_p=tf.constant([1.0, 1.0]),
    ... ).numpy().tolist()
    [1, 2]
    """
    number = tf.shape(logits)[1]
    logits, tokens = tf.math.top_k(tf.cast(logits, tf.float32), number)
    is_greedy = temperature == 0
    logits /= tf.where(is_greedy, 1.0, temperature)[:, None]
    top_k = tf.where(is_greedy, 1, top_k)
    probabilities = tf.nn.softmax(logits)
    before = tf.cumsum(probabilities, axis=1, exclusive=True)
    rank = tf.range(number)
    is_kept = (rank < top_k[:, None]) & (before < top_p[:, None])
    is_kept |= rank == 0
    kept = tf.cumsum(tf.where(is_kept, probabilities, 0.0), axis=1)
    is_below = is_kept & (kept < uniforms[:, None] * kept[:, -1:])
    place = tf.reduce_sum(tf.cast(is_below, tf.int32), axis=1)
    # The last sum may be rounded, and a number lie above it.
    last = tf.reduce_sum(tf.cast(is_kept, tf.int32), axis=1) - 1
    return tf.gather(tokens, tf.minimum(place, last), batch_dims=1)
