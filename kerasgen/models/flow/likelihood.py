"""The likelihood of data under a flow."""

import math

import tensorflow as tf

from kerasgen import samplers
from kerasgen.utils import random

GREY_LEVELS = 256


def with_grey_noise(images, noise):
    """Images of 8 bits as numbers that have a density.

    Uniform dequantization (Theis et al. 2016, section 3.1,
    https://arxiv.org/abs/1511.01844).

    Args:
        images: float tensor in [0, 1].
        noise: float tensor of the same shape, uniform in (0, 1).

    Returns:
        A tensor in (0, 1), in which each grey level has 1/256.
    """
    return ((GREY_LEVELS - 1) * images + noise) / GREY_LEVELS


def log_likelihood_from_seeds(model, data, seeds, *labels):
    """An estimate of `log p(x)` a row, in nats; tensors.

    Of rows of numbers it is the density. Of images it is the probability of
    their 8 bits: what is estimated without bias is a bound of it from below,
    the mean over dequantization noise of the log density, plus the log volume
    of the cell of an image (Theis et al., equation 4).

    Args:
        model: `FlowModel` with a `denoiser`.
        data: float tensor of shape `(batch, *data_shape)`.
        seeds: int tensor of shape `(batch, 2)`.
        *labels: int32 tensor of shape `(batch,)`, where there are classes.
    """
    size = math.prod(model.data_shape)
    drawn = random.uniform_from_bits(
        random.bits_from_seed_rows(seeds, (2, *model.data_shape))
    )
    x, log_volume = model.scaled(data), 0.0
    if model.kind.has_bounds:
        x = model.scaled(with_grey_noise(data, drawn[:, 0]))
        # Numbers are scaled to an interval of length 2.
        log_volume = size * math.log(2.0 / GREY_LEVELS)
    probes = None
    if size > samplers.MAX_EXACT:
        probes = tf.sign(drawn[:, 1] - 0.5)[None]
    path = model.path
    times = path.times_from_data(model.num_steps)
    alpha = float(path.alpha(times[0]))
    with model.averaged_weights():
        found, _ = samplers.log_density(
            model.denoiser(*labels, guidance=1.0),
            path,
            alpha * x,
            times,
            probes,
        )
    return found[0] + size * math.log(alpha) + log_volume
