"""Missing parts of data, drawn by a flow."""

import numpy as np
import tensorflow as tf

from kerasgen import samplers
from kerasgen.utils import random

# Rounds of each step; Lugmayr et al. go on in jumps of 10 to as good an end.
_ROUNDS = 4
# Room for the numbers of rounds beside those of rows.
_MAX_ROUNDS = 2**20


def completed_from_seeds(model, images, known, seeds, *labels):
    """Draws what is missing, given what is known; tensors.

    RePaint (algorithm 1 of Lugmayr et al. 2022,
    https://arxiv.org/abs/2201.09865), with the steps of DDIM on the path of the
    model: known pixels are those of the image with fresh noise at each time,
    and each step is gone back and taken again, so that what is drawn comes to
    agree with them.

    Args:
        model: `FlowModel` with a `denoiser`.
        images: float tensor of shape `(batch, *data_shape)`. What stands in
            missing pixels does not matter.
        known: float tensor of shape `(batch, height, width, 1)`, 1 for known
            pixels and 0 for missing ones.
        seeds: int tensor of shape `(batch, 2)`; row `i` alone decides what
            image `i` gets.
        *labels: int32 tensor of shape `(batch,)`, where there are classes.

    Returns:
        A tensor of the shape of `images`.
    """
    denoise = model.denoiser(*labels)
    seeds = tf.cast(seeds, tf.int64) * [[1, _MAX_ROUNDS]]
    given, is_known = model.scaled(images), known > 0.5

    def noise_of(number):
        place = tf.stack([tf.constant(0, tf.int64), tf.cast(number, tf.int64)])
        return tf.unstack(
            random.normal_from_seed_rows(seeds + place, (2, *model.data_shape)),
            axis=1,
        )

    def step(x, number, t, alpha, sigma, shrink, spread):
        data, noise = denoise(x, t)
        of_known, of_return = noise_of(number)
        after = alpha * data + sigma * noise
        x = tf.where(is_known, alpha * given + sigma * of_known, after)
        return shrink * x + spread * of_return

    number, *columns = _rounds(model.path, model.num_steps)
    x = noise_of(len(number))[0] * float(model.path.sigma(columns[0][0]))
    with model.averaged_weights():
        x = samplers.walk(step, x, number, *columns)
    return model.unscaled(tf.where(is_known, given, x))


def _rounds(path, num_steps):
    """Numbers, times, and what becomes of data and noise in each round.

    Each is an array of shape `(num_steps * _ROUNDS,)`: number, time, alpha and
    sigma after the step, and what is left and comes in when it is gone back,
    which the last round of a step is not.
    """
    times = path.times(num_steps)
    alpha, sigma = path.alpha(times), path.sigma(times)
    shrink = alpha[:-1] / alpha[1:]
    spread = np.sqrt(np.maximum(sigma[:-1] ** 2 - (shrink * sigma[1:]) ** 2, 0))
    stays = np.tile(np.arange(_ROUNDS) == _ROUNDS - 1, num_steps)
    shrink, spread = (np.repeat(c, _ROUNDS) for c in (shrink, spread))
    return [
        np.arange(num_steps * _ROUNDS),
        np.repeat(times[:-1], _ROUNDS),
        np.repeat(alpha[1:], _ROUNDS),
        np.repeat(sigma[1:], _ROUNDS),
        np.where(stays, 1.0, shrink),
        np.where(stays, 0.0, spread),
    ]
