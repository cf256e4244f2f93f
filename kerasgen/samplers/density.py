"""The density of data by the change of variables along a flow."""

import math

import numpy as np
import tensorflow as tf

from kerasgen.samplers.solvers import velocity_of
from kerasgen.samplers.solvers import walk

# Up to so many numbers a datum, a divergence is the sum of all its parts.
MAX_EXACT = 16


def log_density(denoise, path, x, times, probes=None):
    """`log p(x)` of data, and the noise that they come from.

    The flow is followed from data to noise with the divergence of its velocity
    (equations 4 and 7 of Grathwohl et al. 2019,
    https://arxiv.org/abs/1810.01367), by Heun's method.

    Args:
        denoise, path: see `kerasgen.samplers.solvers`.
        x: float32 tensor of shape `(batch, ...)`, at the first time.
        times: array of shape `(num_steps + 1,)`, from data to noise.
        probes: float tensor of shape `(num_probes, batch, ...)` of -1 and 1,
            by which divergences are estimated without bias (Hutchinson), or
            `None` for the exact one, which takes an evaluation a number.

    Returns:
        (log densities, float32 tensor of shape `(num_probes, batch)`, or
        `(1, batch)`, in nats; noise, a tensor of the shape of `x` that is
        standard normal for data of the flow). Divide by `alpha` of the first
        time where that is not 1.
    """
    velocity = velocity_of(denoise, path)
    num_values = 1 if probes is None else probes.shape[0]

    def slope(x, t):
        if probes is None:
            return _exact(lambda at: velocity(at, t), x)
        return _estimated(lambda at: velocity(at, t), x, probes)

    def step(state, t, after):
        x, total = state
        h = after - t
        first, change = slope(x, t)
        second, change_after = slope(x + h * first, after)
        return (
            x + 0.5 * h * (first + second),
            total + 0.5 * h * (change + change_after),
        )

    total = tf.zeros((num_values, tf.shape(x)[0]))
    noise, total = walk(step, (x, total), times[:-1], times[1:])
    deviation = float(path.sigma(times[-1]))
    noise = noise / deviation
    axes = list(range(1, len(x.shape)))
    size = math.prod(x.shape[1:])
    of_noise = -0.5 * tf.reduce_sum(tf.square(noise), axes)
    of_noise -= size * (0.5 * math.log(2 * math.pi) + np.log(deviation))
    return of_noise + total, noise


def _exact(velocity, x):
    """The velocity, and the sum of `d v_i / d x_i`, of shape `(1, batch)`."""
    size = math.prod(x.shape[1:])
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as g:
        g.watch(x)
        v = velocity(x)
        parts = tf.unstack(tf.reshape(v, (-1, size)), axis=1)
    divergence = tf.zeros_like(parts[0])
    for index, part in enumerate(parts):
        gradient = tf.reshape(g.gradient(part, x), (-1, size))
        divergence += gradient[:, index]
    return v, divergence[None]


def _estimated(velocity, x, probes):
    """The velocity, and `e . (d v / d x) e` of each probe `e`."""
    axes = list(range(1, len(x.shape)))
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as g:
        g.watch(x)
        v = velocity(x)
    values = [
        tf.reduce_sum(probe * g.gradient(v, x, probe), axes)
        for probe in tf.unstack(probes, axis=0)
    ]
    return v, tf.stack(values)
