"""A Gaussian that is fitted to codes while their encoder trains."""

import keras
import tensorflow as tf

from kerasgen.utils.arguments import check_fraction
from kerasgen.utils.arguments import check_positive_integer

# How far correlations are drawn to 0: far enough for a Cholesky factor of any
# covariance, also a singular one, and too little to be seen in samples.
_SHRINKAGE = 1e-4


@keras.saving.register_keras_serializable("kerasgen")
class CodeDensity(keras.layers.Layer):
    """A Gaussian with the mean and full covariance of codes seen lately.

    It draws new codes for an autoencoder, whose codes follow no prior
    ("ex-post density estimation", section 4 of Ghosh et al. 2020,
    https://arxiv.org/abs/1903.12436). Rather than from another pass over the
    data after training, it learns from each batch, and forgets older ones, as
    the encoder that made them is forgotten. Until the first batch it is a
    standard normal.

    Args:
        code_length: int.
        momentum: float in [0, 1]. How much a row counts after each further
            step. At 0.98, the estimate rests on about the last 50 batches.
        **kwargs: Keyword arguments of `keras.layers.Layer`.
    """

    def __init__(self, code_length, momentum=0.98, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        check_positive_integer("code_length", code_length)
        check_fraction("momentum", momentum)
        self.code_length = int(code_length)
        self.momentum = float(momentum)
        shape = (self.code_length,)
        self.mean = self._statistic("mean", shape, "zeros")
        self.covariance = self._statistic("covariance", shape * 2, "identity")
        # Rows that the two rest on, older ones as what they still count.
        self.count = self._statistic("count", (), "zeros")
        self.built = True

    def _statistic(self, name, shape, initializer):
        return self.add_weight(
            name=name,
            shape=shape,
            dtype="float32",
            initializer=initializer,
            trainable=False,
            # All replicas assign the same.
            aggregation="only_first_replica",
        )

    def update(self, codes, batch):
        """Learns from the codes of one step, unless the layer is frozen.

        Args:
            codes: float tensor of shape `(batch, code_length)`.
            batch: `kerasgen.engine.global_batch.GlobalBatch` of the step.
        """
        if not self.trainable:
            return
        codes = batch.without_padding(tf.cast(codes, tf.float32))
        # What overflows in float16 is over with the step, which the optimizer
        # skips; here it would stay for good.
        is_finite = tf.reduce_all(
            tf.math.is_finite(codes), axis=1, keepdims=True
        )
        counts = tf.cast(is_finite, tf.float32)
        if batch.sample_weight is not None:
            counts *= batch.sample_weight[:, None]
        number = batch.sum_over_replicas(tf.reduce_sum(counts))
        # As Chan, Golub and LeVeque (1983) merge samples: by sums of positive
        # semidefinite matrices alone, which rounding cannot make indefinite.
        offsets = tf.where(is_finite, codes - self.mean, 0.0)
        shift = tf.math.divide_no_nan(
            batch.sum_over_replicas(tf.reduce_sum(counts * offsets, axis=0)),
            number,
        )
        offsets = tf.where(is_finite, offsets - shift, 0.0)
        scatter = batch.sum_over_replicas(
            tf.matmul(counts * offsets, offsets, transpose_a=True)
        )
        count = self.momentum * self.count + number
        share = tf.math.divide_no_nan(number, count)
        between = share * shift[:, None] * shift[None, :]
        within = tf.math.divide_no_nan(scatter, count)
        self.covariance.assign(
            (1.0 - share) * (self.covariance + between) + within
        )
        self.mean.assign_add(share * shift)
        self.count.assign(count)

    def sample(self, noise):
        """Turns standard normal noise into codes.

        Args:
            noise: float tensor of shape `(n, code_length)`.

        Returns:
            A float32 tensor of the same shape, row `i` a function of row `i`.
        """
        covariance = tf.convert_to_tensor(self.covariance)
        deviation = tf.sqrt(tf.linalg.diag_part(covariance))
        # Of correlations, as variances may differ by orders of magnitude, and
        # that of a code that never changes is 0.
        scale = tf.math.divide_no_nan(1.0 - _SHRINKAGE, deviation)
        correlation = tf.math.divide_no_nan(
            covariance * scale[:, None], deviation[None, :]
        )
        factor = tf.linalg.cholesky(
            tf.linalg.set_diag(correlation, tf.ones_like(deviation))
        )
        noise = tf.matmul(tf.cast(noise, tf.float32), factor, transpose_b=True)
        return self.mean + deviation * noise

    def log_density(self, codes):
        """Log density of codes, but for a constant.

        Args:
            codes: float tensor of shape `(n, code_length)`.

        Returns:
            A float32 tensor of shape `(n,)`.
        """
        covariance = self.covariance.value + _SHRINKAGE * tf.eye(
            self.code_length
        )
        noise = tf.linalg.triangular_solve(
            tf.linalg.cholesky(covariance),
            tf.transpose(codes - self.mean.value),
        )
        return -0.5 * tf.reduce_sum(tf.square(noise), axis=0)

    def get_config(self):
        return {
            **super().get_config(),
            "code_length": self.code_length,
            "momentum": self.momentum,
        }
