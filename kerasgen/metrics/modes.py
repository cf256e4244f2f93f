"""Which modes of the data are among generated samples."""

import numpy as np
import numpy.typing as npt

from kerasgen.utils.arguments import check_positive_integer


def mode_coverage(
    modes: npt.ArrayLike,
    num_modes: int,
    probabilities: npt.ArrayLike | None = None,
) -> tuple[int, float]:
    """How many modes are covered, and how evenly.

    Args:
        modes: integer array of shape `(n,)`. The mode of each sample, from 0
            to `num_modes - 1`; negative where it belongs to none.
        num_modes: int. Modes of the data.
        probabilities: array of shape `(num_modes,)` or None. The share of each
            mode in the data; None stands for equal shares.

    Returns:
        (covered, divergence): an int, modes with at least one sample, and a
        float, the Kullback-Leibler divergence `sum_k q_k log(q_k / p_k)` of
        the shares `q` of samples from those of the data, in nats (section 4.1
        of Srivastava et al.). It is infinite where samples lie in a mode that
        has probability 0.

    Raises:
        ValueError: if `modes` holds no integers, or one of `num_modes` or
            above, or none that belongs to a mode, which leaves no shares; or
            if `probabilities` is no distribution over the modes.

    Example:

    >>> covered, divergence = mode_coverage([0, 0, 2, 2], num_modes=4)
    >>> covered, round(divergence, 4)
    (2, 0.6931)

    References:
        - Srivastava et al. (2017), VEEGAN,
          https://arxiv.org/abs/1705.07761
        - Lin et al. (2018), PacGAN, https://arxiv.org/abs/1712.04086
    """
    check_positive_integer("num_modes", num_modes)
    modes = np.asarray(modes)
    if modes.ndim != 1 or modes.dtype.kind not in "iu":
        raise ValueError(
            "Argument `modes` must be integers of shape (samples,). Received: "
            f"shape {modes.shape}, dtype {modes.dtype}."
        )
    if (modes >= num_modes).any():
        raise ValueError(
            f"Argument `modes` must be below num_modes={num_modes}. Received: "
            f"{modes.max()}."
        )
    expected = _distribution(probabilities, num_modes)
    if not (modes >= 0).any():
        raise ValueError(
            "Argument `modes` must hold at least one sample that belongs to a "
            f"mode. Received: {len(modes)} samples, none of which does, so "
            "that no mode is covered and there are no shares to compare."
        )
    counts = np.bincount(modes[modes >= 0], minlength=num_modes)
    found = counts > 0
    share = counts[found] / counts.sum()
    with np.errstate(divide="ignore"):
        divergence = float((share * np.log(share / expected[found])).sum())
    return int(found.sum()), divergence


def _distribution(probabilities, num_modes):
    if probabilities is None:
        return np.full(num_modes, 1 / num_modes)
    probabilities = np.asarray(probabilities, np.float64)
    if (
        probabilities.shape != (num_modes,)
        or not (probabilities >= 0).all()
        or not np.isclose(probabilities.sum(), 1.0)
    ):
        raise ValueError(
            f"Argument `probabilities` must be {num_modes} shares that add up "
            f"to 1. Received: {probabilities}."
        )
    return probabilities
