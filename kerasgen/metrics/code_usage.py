"""How many of its codes a model uses, over a whole epoch."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kerasgen.utils.arguments import check_positive_integer


class _CodeHistogram(keras.metrics.Metric):
    """Adds up how often each code is used.

    Args:
        num_embeddings: int. Number of codes.
        **kwargs: `name` and `dtype` of `keras.metrics.Metric`.
    """

    def __init__(self, num_embeddings: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_positive_integer("num_embeddings", num_embeddings)
        self.num_embeddings = int(num_embeddings)
        self.counts = self.add_variable(
            (self.num_embeddings,), "zeros", name="counts"
        )

    def update_state(
        self, counts: tf.Tensor, sample_weight: float = 1.0
    ) -> None:
        """Adds a batch.

        Args:
            counts: float tensor of shape `(num_embeddings,)`. How often each
                code was used, in units that all batches share.
            sample_weight: float. Factor on `counts`.
        """
        counts = ops.cast(counts, self.dtype)
        self.counts.assign_add(counts * ops.cast(sample_weight, self.dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_embeddings": self.num_embeddings}


@keras.saving.register_keras_serializable("kerasgen")
class Perplexity(_CodeHistogram):
    """`exp(-sum(p log p))` of the share p of each code: codes in even use.

    1 where one code is all that is used, `num_embeddings` where all are used
    alike. Its state is one count a code, so that it is exact over any number
    of batches and replicas.

    Args:
        num_embeddings: int. Number of codes.
        **kwargs: `name` and `dtype` of `keras.metrics.Metric`.

    Example:

    >>> metric = Perplexity(4)
    >>> metric.update_state([3.0, 0.0, 3.0, 0.0])
    >>> round(float(metric.result()), 4)
    2.0
    """

    def result(self) -> tf.Tensor:
        total = ops.sum(self.counts)
        share = self.counts / ops.maximum(total, keras.config.epsilon())
        logs = ops.log(ops.where(share > 0, share, 1.0))
        return ops.exp(-ops.sum(share * logs))


@keras.saving.register_keras_serializable("kerasgen")
class CodeUsage(_CodeHistogram):
    """Share of the codes that were used at all, from 0 to 1.

    Args:
        num_embeddings: int. Number of codes.
        **kwargs: `name` and `dtype` of `keras.metrics.Metric`.

    Example:

    >>> metric = CodeUsage(4)
    >>> metric.update_state([3.0, 0.0, 3.0, 0.0])
    >>> float(metric.result())
    0.5
    """

    def result(self) -> tf.Tensor:
        return ops.mean(ops.cast(self.counts > 0, self.dtype))
