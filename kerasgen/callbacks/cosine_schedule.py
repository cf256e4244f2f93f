"""A learning rate that falls along a cosine, an epoch at a time."""

import keras


def cosine_schedule(
    learning_rate: float, epochs: int
) -> keras.callbacks.LearningRateScheduler:
    """A callback that lowers the learning rate to 0 along a cosine.

    It sets the rate of all optimizers of a model at the start of an epoch, to
    that of the epoch's middle. It is a function of the epoch alone, so that
    resumed training goes on with the rate it would have had.

    Args:
        learning_rate: float. Where it starts.
        epochs: int. When it would be 0.

    Returns:
        A `keras.callbacks.LearningRateScheduler`.
    """
    cosine = keras.optimizers.schedules.CosineDecay(learning_rate, epochs)
    return keras.callbacks.LearningRateScheduler(
        lambda epoch, rate: float(cosine(epoch + 0.5))
    )
