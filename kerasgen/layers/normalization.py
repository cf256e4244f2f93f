"""Normalization of images inside a network, by its name."""

import contextlib
import contextvars

import keras
import tensorflow as tf
from keras import layers

from kerasgen.utils.devices import only_cpus

NORMALIZATIONS = ("batch", "layer", "instance", None)
# Batch normalization forgets at this rate: steps are many only in long epochs,
# and a GAN's generator changes within some ten of them.
_MOMENTUM = 0.9
# Updates that files from before they were counted are taken to have seen.
_SETTLED = 10**6

_normalizing = contextvars.ContextVar("batch_moments", default=())


@contextlib.contextmanager
def updating_moments(layers):
    """A scope in which batch normalization learns though nothing is trained.

    Layers that are called in it with `training=False` normalize by the moments
    of the batch and take them into their moving averages, while all others do
    what they do in evaluation. What is traced within keeps that for good.

    Args:
        layers: list of `BatchNormalization`.
    """
    # Not by the context, which the threads of replicas do not inherit.
    for layer in layers:
        layer.is_updating = True
    try:
        yield
    finally:
        for layer in layers:
            layer.is_updating = False


@contextlib.contextmanager
def batch_moments(network):
    """A scope in which a network normalizes as in training, and learns nothing.

    A discriminator that is trained on batches of real images and on batches of
    fake ones, each with moments of their own, is lost with those of both.

    Args:
        network: `keras.Model`.
    """
    token = _normalizing.set(tuple(map(id, network._flatten_layers())))
    try:
        yield
    finally:
        _normalizing.reset(token)


def normalize(x, kind):
    """Applies a new layer of normalization.

    Args:
        x: `keras.KerasTensor` of shape `(batch, height, width, channels)`.
        kind: `"batch"`, `"layer"` (over height, width and channels: each image
            for itself, as a gradient penalty needs; Gulrajani et al. 2017,
            section 4), `"instance"` (over height and width: each channel of
            each image for itself; Ulyanov et al. 2016) or `None`.

    Returns:
        `keras.KerasTensor` of the same shape.
    """
    if kind == "batch":
        # Synchronized, so that replicas normalize by the batch they share.
        return BatchNormalization(momentum=_MOMENTUM, synchronized=True)(x)
    if kind == "layer":
        return layers.LayerNormalization(axis=[1, 2, 3])(x)
    if kind == "instance":
        return layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)
    return x


@keras.saving.register_keras_serializable("kerasgen")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, without its lag, with fewer sums.

    Keras's moving averages start from a mean of 0 and a variance of 1, of which
    a share of `momentum ** steps` is left; here the first batches are averaged
    with equal weights, until each further one counts `1 - momentum`. They are
    learned within `updating_moments` too.

    Synchronized, Keras has replicas exchange a sum, a sum of squares and a
    count, one after the other, and again for the gradient of each; here all
    are one. Where replicas are machines, each exchange is a wait: a step of a
    DCGAN has twenty instead of sixty. The count is not a sum of ones, either.

    On CPUs it is one kernel: Keras adds up an image, then its square, all in
    float32, and TensorFlow's kernel reads the image once, in its own type. A
    step of a DCGAN with 64 filters takes 0.98 of the time in float32 and 0.89
    in bfloat16, with 16 filters 0.91 in float32 (two cores, batches of 128).
    The kernel knows one replica alone.
    """

    # Within `updating_moments`.
    is_updating = False

    def build(self, input_shape):
        super().build(input_shape)
        self.num_updates = self.add_weight(
            name="num_updates",
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def call(self, inputs, training=None, mask=None):
        learns = self.trainable and (training or self.is_updating)
        by_batch = learns or (self.trainable and id(self) in _normalizing.get())
        if not by_batch or self.renorm:
            return super().call(inputs, training=learns, mask=mask)
        if self._has_kernel(inputs, mask):
            outputs, mean, variance = self._normalize_by_kernel(inputs)
        else:
            outputs, mean, variance = self._normalize(inputs, mask)
        if learns:
            self._update_moments(mean, variance)
        return outputs

    def _normalize_by_kernel(self, inputs):
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma,
            offset=self.beta,
            mean=tf.zeros((0,)),
            variance=tf.zeros((0,)),
            epsilon=self.epsilon,
        )
        # The kernel's variance is that of a sample, Keras's of the batch.
        number = tf.cast(tf.size(inputs) // inputs.shape[-1], tf.float32)
        variance *= tf.maximum(number - 1.0, 1.0) / number
        return outputs, mean, variance

    def _normalize(self, inputs, mask):
        # In float32 at least, as Keras does.
        dtype = keras.backend.result_type(inputs.dtype, "float32")
        inputs = keras.ops.cast(inputs, dtype)
        mean, variance = self._moments(inputs, mask)
        outputs = keras.ops.batch_normalization(
            inputs,
            mean,
            variance,
            axis=self.axis,
            offset=keras.ops.cast(self.beta, dtype) if self.center else None,
            scale=keras.ops.cast(self.gamma, dtype) if self.scale else None,
            epsilon=self.epsilon,
        )
        return keras.ops.cast(outputs, self.compute_dtype), mean, variance

    def _update_moments(self, mean, variance):
        updates = tf.cast(self.num_updates.value + 1, tf.float32)
        self.num_updates.assign_add(1)
        share = tf.maximum(1.0 / updates, 1.0 - self.momentum)
        for average, value in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            change = tf.cast(value, average.dtype) - average
            average.assign_add(tf.cast(share, average.dtype) * change)

    def load_own_variables(self, store):
        """Loads what was saved, also before updates were counted."""
        values = {name: store[name] for name in store.keys()}
        if len(values) == len(self.weights) - 1:
            values[str(len(values))] = _SETTLED
        super().load_own_variables(values)

    def _moments(self, inputs, mask):
        replica = tf.distribute.get_replica_context()
        if mask is not None or not self.synchronized or replica is None:
            return super()._moments(inputs, mask)
        axes = self._reduction_axes
        total = tf.reduce_sum(inputs, axes)
        count = tf.cast(tf.size(inputs) // tf.size(total), inputs.dtype)
        total, squares, count = tf.unstack(
            replica.all_reduce(
                tf.distribute.ReduceOp.SUM,
                tf.stack(
                    [
                        total,
                        tf.reduce_sum(tf.square(inputs), axes),
                        tf.fill(tf.shape(total), count),
                    ]
                ),
            )
        )
        mean = tf.math.divide_no_nan(total, count)
        mean_square = tf.math.divide_no_nan(squares, count)
        return mean, tf.maximum(mean_square - tf.square(mean), 0.0)

    def _has_kernel(self, inputs, mask):
        return (
            only_cpus()
            and tf.distribute.get_strategy().num_replicas_in_sync == 1
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.variable_dtype == "float32"
            and inputs.dtype in ("float32", "bfloat16", "float16")
            and self.scale
            and self.center
            and mask is None
        )
