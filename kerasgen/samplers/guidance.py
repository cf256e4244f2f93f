"""Classifier-free guidance."""

import tensorflow as tf


def guided(predict, x, t, labels, no_class, guidance):
    """A prediction that is moved away from the one without a class.

    `e(x) + w (e(x, c) - e(x))`: equation 6 of Ho and Salimans (2022),
    https://arxiv.org/abs/2207.12598, whose weight is `w - 1`. Both are
    evaluated as one batch.

    Args:
        predict: function of (x, t, labels), of a prediction of the shape of
            `x`.
        x: float tensor of shape `(batch, ...)`.
        t: float32 tensor of shape `(batch,)`.
        labels: int32 tensor of shape `(batch,)`.
        no_class: int. The label that stands for none.
        guidance: float. The weight: 1 for the class alone, at half the cost; 0
            for none; more for samples that are more alike and more like their
            class.

    Returns:
        A tensor of the shape of `x`.
    """
    if guidance == 1.0:
        return predict(x, t, labels)
    none = tf.fill(tf.shape(labels), tf.constant(no_class, labels.dtype))
    if guidance == 0.0:
        return predict(x, t, none)
    both = predict(
        tf.concat([x, x], axis=0),
        tf.concat([t, t], axis=0),
        tf.concat([labels, none], axis=0),
    )
    of_class, of_none = tf.split(both, 2)
    return of_none + guidance * (of_class - of_none)
