"""Guidance to data of which a part is known."""

import numpy as np
import tensorflow as tf

# Alpha over sigma where guidance begins. It divides by alpha.
_FIRST_RATIO = 0.05


def agreeing(denoise, path, known, is_known):
    """A denoiser whose data come to agree with what is known of them.

    Pseudoinverse guidance (equation 7 of Song et al. 2023,
    https://openreview.net/forum?id=9_gsMA8MRKQ; along straight lines as
    algorithm 1 of Pokle et al. 2024, https://arxiv.org/abs/2310.04432), for
    parts that are known exactly: how much the data `d(x)` that are seen in `x`
    differ from those known is led back to `x`, of whose density given what is
    known the gradient is then

    `(dd/dx)^T (known - d) / r^2`, `r^2 = sigma^2 / (alpha^2 + sigma^2)`.

    Args:
        denoise, path: see `kerasgen.samplers.solvers`.
        known: float tensor of shape `(batch, ...)`. What stands elsewhere than
            in known places does not matter.
        is_known: bool tensor that broadcasts to it.

    Returns:
        Function of (x, t) for (data, noise), for any sampler. It takes about
        three times as long as `denoise`.
    """

    def denoise_and_agree(x, t):
        alpha, sigma = path.alpha(t), path.sigma(t)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            data, _ = denoise(x, t)
        missed = tf.where(is_known, known - data, 0.0)
        slope = tape.gradient(data, x, tf.stop_gradient(missed))
        # The gradient by Tweedie's formula, `sigma^2 / alpha` times it.
        data += (alpha**2 + sigma**2) / alpha * slope
        return data, (x - alpha * data) / sigma

    return denoise_and_agree


def agreeing_time(path):
    """The time at which `agreeing` can begin, a float."""
    times = path.times(1000)[:-1]
    ratios = path.alpha(times) / path.sigma(times)
    return float(times[np.argmax(ratios >= _FIRST_RATIO)])
