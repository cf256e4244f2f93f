"""Guidance: predictions that are led away from worse ones."""

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


def autoguided(predict, predict_worse, x, t, labels, guidance):
    """A prediction that is moved away from that of a worse model.

    `e_0(x) + w (e_1(x) - e_0(x))`: equation 3 of Karras et al. (2024),
    https://arxiv.org/abs/2406.02507, where e_0 is a model of the same data that
    is smaller, or was trained less.

    Args:
        predict, predict_worse: functions of (x, t, labels), of a prediction of
            the shape of `x`.
        x: float tensor of shape `(batch, ...)`.
        t: float32 tensor of shape `(batch,)`.
        labels: int32 tensor of shape `(batch,)`, or `None`.
        guidance: float. The weight: 1 for `predict` alone, at half the cost; 0
            for `predict_worse` alone.

    Returns:
        A tensor of the shape of `x`.
    """
    if guidance == 1.0:
        return predict(x, t, labels)
    worse = predict_worse(x, t, labels)
    if guidance == 0.0:
        return worse
    return worse + guidance * (predict(x, t, labels) - worse)
