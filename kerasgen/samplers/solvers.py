"""Samplers: they go along a path, from noise to data or back.

Each is a function of (denoise, path, x, times):

- `denoise`: function of (x, t), a float tensor of shape `(batch, ...)` and a
  float32 scalar, for the pair of what are the data and what is the noise in
  `x`, tensors of its shape;
- `path`: `kerasgen.samplers.Path`;
- `x`: float32 tensor of shape `(batch, ...)`, at the first time;
- `times`: array of shape `(num_steps + 1,)`, see `Path.times`.

It returns `x` at the last time. It has no randomness, and knows no model.
"""

import numpy as np
import tensorflow as tf


def euler(denoise, path, x, times):
    """Euler's method: one evaluation a step, of order 1.

    Algorithm 1 of Karras et al. (2022), https://arxiv.org/abs/2206.00364,
    without its correction.
    """
    velocity = velocity_of(denoise, path)

    def step(x, t, after):
        return x + (after - t) * velocity(x, t)

    return walk(step, x, times[:-1], times[1:])


def heun(denoise, path, x, times):
    """Heun's method: two evaluations a step and one for the last, of order 2.

    Algorithm 1 of Karras et al. (2022), https://arxiv.org/abs/2206.00364: a
    step of Euler's, corrected by the velocity at its end; but for the last
    step, whose end has no noise.
    """
    velocity = velocity_of(denoise, path)

    # One evaluation a turn, so that a graph holds the network once.
    def turn(state, t, is_correction, of_now, of_before):
        x, start, before = state
        now = velocity(x, t)
        start = tf.where(is_correction > 0.0, start, x)
        return start + of_now * now + of_before * before, start, now

    state = x, x, tf.zeros_like(x)
    return walk(turn, state, *_turns_of_heun(times))[0]


def _turns_of_heun(times):
    """Time, whether it is a correction, and how far it goes by each velocity.

    Each is an array of shape `(2 * num_steps - 1,)`.
    """
    h = np.diff(times)
    steps = np.stack([times[:-1], 0.0 * h, h, 0.0 * h], axis=1)
    corrections = np.stack([times[1:], 0.0 * h + 1, h / 2, h / 2], axis=1)
    turns = np.stack([steps, corrections], axis=1).reshape(-1, 4)
    return turns[:-1].T


def ddim(denoise, path, x, times):
    """DDIM without noise: one evaluation a step, of order 1.

    Equation 12 of Song et al. (2021), https://arxiv.org/abs/2010.02502, with
    sigma = 0: exact where the data that are seen in `x` stay the same.
    """

    def step(x, t, alpha, sigma):
        data, noise = denoise(x, t)
        return alpha * data + sigma * noise

    after = times[1:]
    return walk(step, x, times[:-1], path.alpha(after), path.sigma(after))


def dpm_solver(denoise, path, x, times):
    """DPM-Solver++(2M): one evaluation a step, of order 2.

    Algorithm 2 of Lu et al. (2022), https://arxiv.org/abs/2211.01095: data are
    extrapolated from what was seen in this step and the one before. The first
    step is of order 1, and so is the last where it ends without noise.
    """
    shrink, grow, share = _dpm_solver_coefficients(path, times)

    def step(state, t, shrink, grow, share):
        x, before = state
        data, _ = denoise(x, t)
        # Their line 9: 1 / (2 r) is `share`.
        extrapolated = data + share * (data - before)
        return shrink * x + grow * extrapolated, data

    state = x, tf.zeros_like(x)
    return walk(step, state, times[:-1], shrink, grow, share)[0]


def _dpm_solver_coefficients(path, times):
    """What is left of `x`, how much of the data comes in, and `1 / (2 r)`."""
    alpha, sigma = path.alpha(times), path.sigma(times)
    shrink = sigma[1:] / sigma[:-1]
    # alpha_i (1 - exp(-h)), with exp(-h) by ratios, which may be 0.
    grow = alpha[1:] - alpha[:-1] * shrink
    with np.errstate(divide="ignore"):
        h = np.diff(path.log_snr(times))
    share = np.zeros(len(h))
    has_order_2 = np.isfinite(h[1:]) & np.isfinite(h[:-1])
    share[1:][has_order_2] = h[1:][has_order_2] / h[:-1][has_order_2] / 2
    return shrink, grow, share


SAMPLERS = {
    "euler": euler,
    "heun": heun,
    "ddim": ddim,
    "dpm_solver": dpm_solver,
}


def num_evaluations(sampler, num_steps):
    """How often a sampler evaluates its network for a sample.

    Args:
        sampler: str. One of `SAMPLERS`.
        num_steps: int.

    Returns:
        int. Guidance has each count twice.

    Example:

    >>> num_evaluations("heun", 20)
    39
    """
    return 2 * num_steps - 1 if sampler == "heun" else num_steps


def velocity_of(denoise, path):
    """How `x` moves along a path: the derivative of `x_t` by the time.

    Args:
        denoise, path: as of samplers.

    Returns:
        Function of (x, t), of a tensor of the shape of `x`.
    """

    def velocity(x, t):
        data, noise = denoise(x, t)
        return path.alpha_slope(t) * data + path.sigma_slope(t) * noise

    return velocity


def walk(step, state, *columns):
    """Takes one step for each row of the columns, in a loop of the graph.

    Args:
        step: function of (state, *numbers), float32 scalars.
        state: tensor or tuple of them, of a shape that stays.
        *columns: arrays of as many numbers.

    Returns:
        The last state.
    """
    rows = tf.constant(np.stack(columns, axis=1), tf.float32)
    tensors = tf.nest.flatten(state)

    def body(index, *flat):
        packed = tf.nest.pack_sequence_as(state, flat)
        # Not `rows[index]`, of which OpenVINO makes nothing in a loop.
        after = step(packed, *tf.unstack(tf.gather(rows, index)))
        return index + 1, *tf.nest.flatten(after)

    _, *tensors = tf.while_loop(
        lambda index, *flat: index < len(rows),
        body,
        (0, *tensors),
        shape_invariants=(
            tf.TensorShape(()),
            *(tf.TensorShape(t.shape) for t in tensors),
        ),
    )
    return tf.nest.pack_sequence_as(state, tensors)
