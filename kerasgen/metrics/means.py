"""Means of what a model reports, as a function of them."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("kerasgen")
class ExponentialMean(keras.metrics.Mean):
    """`exp` of a mean: of nats a token, the perplexity.

    Args:
        **kwargs: `name` and `dtype` of `keras.metrics.Mean`.

    Example:

    >>> metric = ExponentialMean(name="perplexity")
    >>> metric.update_state([0.0, 1.0])
    >>> print(f"{float(metric.result()):.3f}")
    1.649
    """

    def result(self) -> tf.Tensor:
        return keras.ops.exp(super().result())
