"""Paths from data to noise: how much of each there is at a time.

On all of them `x_t = alpha(t) * data + sigma(t) * noise`, with standard normal
noise. Each has the time of its paper; samplers go from `noise_time` to
`data_time`, whichever is larger.
"""

import abc
import dataclasses
import math

import numpy as np
import tensorflow as tf

# Of times from data, of the way to noise, and of Karras et al.
_SMALLEST_SHARE = 1e-3
_RHO = 7.0


class Path(abc.ABC):
    """A path from data to noise.

    Times are floats, arrays or float32 tensors; what is returned is of the same
    kind.
    """

    # Where samplers start, and where they end.
    noise_time = 1.0
    data_time = 0.0
    # Where samplers that turn data into noise start: the noise cannot be told
    # from a datum that holds none of it.
    nearly_data_time = 1e-3

    @abc.abstractmethod
    def alpha(self, t):
        """Share of the data at time `t`."""

    @abc.abstractmethod
    def sigma(self, t):
        """Standard deviation of the noise at time `t`."""

    @abc.abstractmethod
    def alpha_slope(self, t):
        """Derivative of `alpha` by the time."""

    @abc.abstractmethod
    def sigma_slope(self, t):
        """Derivative of `sigma` by the time."""

    def log_snr(self, t):
        """`log(alpha / sigma)`, half the logarithm of the ratio of powers."""
        functions = _functions(t)
        return functions.log(self.alpha(t)) - functions.log(self.sigma(t))

    def times(self, num_steps, start=None, end=None):
        """Times of a sampler's steps.

        Args:
            num_steps: int.
            start: float. Defaults to `noise_time`.
            end: float. Defaults to `data_time`.

        Returns:
            Array of float64 of shape `(num_steps + 1,)`.
        """
        start = self.noise_time if start is None else start
        end = self.data_time if end is None else end
        return np.linspace(start, end, num_steps + 1)

    def times_from_data(self, num_steps):
        """Times from data to noise, close to each other near the data.

        Pixels of 8 bits lie so close to grey levels that a density changes most
        where there is hardly any noise: as in equation 5 of Karras et al.
        (2022), with the distance from the data for their standard deviation.

        Args:
            num_steps: int.

        Returns:
            Array of float64 of shape `(num_steps + 1,)`.
        """
        first = self.nearly_data_time
        way = self.noise_time - first
        shares = np.linspace(1.0, _SMALLEST_SHARE ** (1 / _RHO), num_steps)
        return first + way * np.append(0.0, shares[::-1] ** _RHO)


@dataclasses.dataclass(frozen=True)
class LinearPath(Path):
    """A straight line, from noise at time 0 to data at time 1.

    Equation 22 of Lipman et al. (2023), https://arxiv.org/abs/2210.02747,
    without noise at the end: the conditional optimal-transport path.

    Example:

    >>> LinearPath().alpha(0.25), LinearPath().sigma(0.25)
    (0.25, 0.75)
    """

    noise_time = 0.0
    data_time = 1.0
    nearly_data_time = 1.0

    def alpha(self, t):
        return t

    def sigma(self, t):
        return 1.0 - t

    def alpha_slope(self, t):
        return 0.0 * t + 1.0

    def sigma_slope(self, t):
        return 0.0 * t - 1.0


class _VariancePreserving(Path):
    """A path on which `alpha ** 2 + sigma ** 2` is 1."""

    def sigma_slope(self, t):
        return -self.alpha(t) * self.alpha_slope(t) / self.sigma(t)


@dataclasses.dataclass(frozen=True)
class CosinePath(_VariancePreserving):
    """A quarter of a circle, from data at time 0 to noise at time 1.

    `alpha = cos(pi t / 2)`, the schedule of Nichol and Dhariwal (2021, equation
    17), https://arxiv.org/abs/2102.09672, in continuous time, as Salimans and
    Ho (2022, section 3) have it, https://arxiv.org/abs/2202.00512.
    """

    # At 1 there are no data, which the noise then does not tell. Lu et al.
    # (2022, appendix E), https://arxiv.org/abs/2206.00927, start here too.
    noise_time = 0.9946

    def alpha(self, t):
        return _functions(t).cos(0.5 * math.pi * t)

    def sigma(self, t):
        return _functions(t).sin(0.5 * math.pi * t)

    def alpha_slope(self, t):
        return -0.5 * math.pi * self.sigma(t)

    def sigma_slope(self, t):
        return 0.5 * math.pi * self.alpha(t)


@dataclasses.dataclass(frozen=True)
class LinearBetaPath(_VariancePreserving):
    """The path of DDPM, whose noise grows at a rate that is linear in time.

    `alpha = exp(-t^2 (b1 - b0) / 4 - t b0 / 2)`, equation 33 of Song et al.
    (2021), https://arxiv.org/abs/2011.13456: the limit for many steps of Ho et
    al. (2020), https://arxiv.org/abs/2006.11239.

    Args:
        first, last: floats. The rates b0 and b1.
    """

    first: float = 0.1
    last: float = 20.0

    def alpha(self, t):
        return _functions(t).exp(self._log_alpha(t))

    def sigma(self, t):
        # 1 - alpha^2, which rounding would spoil where there is little noise.
        functions = _functions(t)
        return functions.sqrt(-functions.expm1(2.0 * self._log_alpha(t)))

    def alpha_slope(self, t):
        rate = self.first + t * (self.last - self.first)
        return -0.5 * rate * self.alpha(t)

    def _log_alpha(self, t):
        return -0.25 * t**2 * (self.last - self.first) - 0.5 * t * self.first


@dataclasses.dataclass(frozen=True)
class EDMPath(Path):
    """Data with more and more noise; the time is its standard deviation.

    Karras et al. (2022), https://arxiv.org/abs/2206.00364, table 1, last
    column. The times of a sampler are those of their equation 5.

    Args:
        smallest, largest: floats. Standard deviations of the noise, of data
            with a standard deviation of about 0.5.
        rho: float. How much closer steps are where there is little noise.
    """

    smallest: float = 0.002
    largest: float = 80.0
    rho: float = _RHO

    @property
    def noise_time(self):
        return self.largest

    @property
    def nearly_data_time(self):
        return self.smallest

    def alpha(self, t):
        return 0.0 * t + 1.0

    def sigma(self, t):
        return t

    def alpha_slope(self, t):
        return 0.0 * t

    def sigma_slope(self, t):
        return 0.0 * t + 1.0

    def times(self, num_steps, start=None, end=None):
        start = self.largest if start is None else start
        end = 0.0 if end is None else end
        ends = np.maximum([start, end], self.smallest) ** (1.0 / self.rho)
        # Zero is reached by one more step from the smallest.
        has_zero = 0.0 in (start, end)
        times = np.linspace(*ends, num_steps + 1 - has_zero) ** self.rho
        if end == 0.0:
            return np.append(times, 0.0)
        return np.append(0.0, times) if start == 0.0 else times

    def times_from_data(self, num_steps):
        return self.times(num_steps, start=self.smallest, end=self.largest)


PATHS = {
    "cosine": CosinePath(),
    "linear": LinearBetaPath(),
    "edm": EDMPath(),
}


def _functions(t):
    """Where the functions of a time are found: numpy or TensorFlow."""
    if not tf.is_tensor(t):
        return np
    return _TensorFunctions


class _TensorFunctions:
    cos, sin, sqrt = tf.cos, tf.sin, tf.sqrt
    exp, expm1, log = tf.exp, tf.math.expm1, tf.math.log
