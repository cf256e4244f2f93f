"""The end of an epoch, which tf.data's tuner delays."""

import tensorflow as tf


def untuned(data):
    """`data`, of which a tf.data set runs without tf.data's tuner.

    Where an iterator is deleted, as each epoch ends by, the tuner's thread has
    to end. In about half of all cases it is not woken (TensorFlow 2.21), and
    goes on sleeping until it next looks up: 10 milliseconds after the first
    batch, and then always after twice as long. So an epoch could last up to
    twice as long as training did. Without the tuner, `tf.data.AUTOTUNE` is as
    many parallel calls as there are threads, and prefetching still adapts.

    Args:
        data: `tf.data.Dataset`, or anything else, which is returned as it is;
            so are data sets whose options say whether to tune.
    """
    if not isinstance(data, tf.data.Dataset):
        return data
    if data.options().autotune.enabled is not None:
        return data
    options = tf.data.Options()
    options.autotune.enabled = False
    return data.with_options(options)
