"""Functions that TensorFlow traces."""

import functools

import tensorflow as tf


def traced(function, input_signature=None):
    """`tf.function`, for functions of which there are many at a time.

    TensorFlow counts tracings by a function's code. It takes the method of five
    models, each traced once, for one that is traced five times, and warns. A
    partial has no code.

    Args:
        function: function or bound method.
        input_signature: list of `tf.TensorSpec`, for which it is traced once,
            or `None`.

    Returns:
        `tf.function` that traces seldom where shapes change.
    """
    return tf.function(
        functools.partial(function),
        input_signature=input_signature,
        reduce_retracing=input_signature is None,
    )
