"""The end of an epoch, which tf.data's tuner delays."""

import tensorflow as tf

# Where an iterator is deleted, as each epoch ends by, the tuner's thread has to
# end. In about half of all cases it is not woken (TensorFlow 2.21), and goes on
# sleeping until it next looks up: 10 milliseconds after the first batch, and
# then always after twice as long. So an epoch could last up to twice as long as
# training did. Without the tuner, `tf.data.AUTOTUNE` is as many parallel calls
# as there are threads, and prefetching still adapts.
WITHOUT_AUTOTUNE = tf.data.Options()
WITHOUT_AUTOTUNE.autotune.enabled = False


def without_autotune(data):
    """A `tf.data.Dataset` without tf.data's tuner, unless its options say."""
    if data.options().autotune.enabled is not None:
        return data
    return data.with_options(WITHOUT_AUTOTUNE)
