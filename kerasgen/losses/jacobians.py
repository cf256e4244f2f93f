"""Squared Frobenius norms of the Jacobians of single rows."""

from collections.abc import Callable

import tensorflow as tf


def squared_jacobian_norm(
    function: Callable[[tf.Tensor], tf.Tensor], inputs: tf.Tensor
) -> tf.Tensor:
    """`||J||^2` of a function at each row, the sum of its squared derivatives.

    Equation 1 of Rifai et al. (2011), at the cost of a backward pass for each
    output.

    Args:
        function: from a tensor of shape `(n, ...)` to one of shape
            `(n, outputs)`, row `i` of which is a function of row `i`.
        inputs: float tensor of shape `(batch, ...)`.

    Returns:
        A float32 tensor of shape `(batch,)`, that gradients can be taken of.

    Example:

    >>> rows = tf.zeros((1, 2))
    >>> squared_jacobian_norm(lambda x: x * [3.0, 4.0], rows).numpy()
    array([25.], dtype=float32)
    """
    num_rows = inputs.shape[0] or tf.shape(inputs)[0]
    num_outputs = function(inputs[:1]).shape[-1]
    directions = tf.tile(tf.eye(num_outputs), (num_rows, 1))
    repeated = tf.repeat(inputs, num_outputs, axis=0)
    norms = projected_jacobian_norm(function, repeated, directions)
    return tf.reduce_sum(tf.reshape(norms, (num_rows, num_outputs)), axis=1)


def projected_jacobian_norm(
    function: Callable[[tf.Tensor], tf.Tensor],
    inputs: tf.Tensor,
    directions: tf.Tensor,
) -> tf.Tensor:
    """`||v^T J||^2` of a function at each row, by one backward pass.

    Its expectation is `||J||^2` where the directions `v` are standard normal,
    since `E[v v^T]` is the identity.

    Args:
        function: see `squared_jacobian_norm`.
        inputs: float tensor of shape `(batch, ...)`.
        directions: float tensor of shape `(batch, outputs)`.

    Returns:
        A float32 tensor of shape `(batch,)`, that gradients can be taken of.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        projected = tf.reduce_sum(directions * function(inputs))
    gradients = tape.gradient(projected, inputs)
    axes = tuple(range(1, gradients.shape.rank))
    return tf.reduce_sum(tf.square(gradients), axis=axes)
