"""Factors of variation, as metrics of latents take them."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from kerasgen.utils.arguments import check_range

# Values that a factor without steps is divided into.
_NUM_BINS = 10


def numbered_factors(
    factors: Mapping[str, npt.ArrayLike], num_bins: int = _NUM_BINS
) -> np.ndarray:
    """Factors as numbers of their values, for `mutual_information_gap`.

    Args:
        factors: dict from each factor to an array of shape `(n,)`, as
            `kerasgen.data.load_factors` returns it. Integers are numbers of
            values already; others are sorted into bins.
        num_bins: int. Bins of a factor that is no integer, with as many rows
            each.

    Returns:
        int array of shape `(n, factors)`.

    Raises:
        ValueError: if there are no factors, or they differ in their numbers of
            rows.

    Example:

    >>> numbered_factors({"form": [2, 0], "scale": [0.5, 0.1]}, 2).tolist()
    [[2, 1], [0, 0]]
    """
    check_range("num_bins", num_bins, 2)
    columns = [np.asarray(values) for values in factors.values()]
    shapes = {column.shape for column in columns}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise ValueError(
            "Argument `factors` must be a dict of arrays of one shape (n,). "
            f"Received: shapes {sorted(shapes)}."
        )
    return np.stack([_numbered(column, num_bins) for column in columns], axis=1)


def _numbered(values, num_bins):
    if values.dtype.kind in "iub":
        return values.astype(np.int64)
    edges = np.quantile(values, np.arange(1, num_bins) / num_bins)
    return np.digitize(values, edges)


class FactorSampler:
    """Rows in which a factor is the same, for `factor_vae_score`.

    Args:
        rows: array of shape `(n, ...)`: images, or their latents.
        factors: int array of shape `(n, factors)`, see `numbered_factors`.

    Example:

    >>> rows = np.arange(6.0)[:, None]
    >>> sample = FactorSampler(rows, np.array([[0], [0], [0], [1], [1], [1]]))
    >>> drawn = sample(np.random.default_rng(0), 4, 0)
    >>> len(drawn), bool((drawn < 3).all() or (drawn >= 3).all())
    (4, True)
    """

    def __init__(self, rows: npt.ArrayLike, factors: npt.ArrayLike) -> None:
        self.rows = np.asarray(rows)
        self.factors = np.asarray(factors)
        if self.factors.ndim != 2 or len(self.factors) != len(self.rows):
            raise ValueError(
                f"Argument `factors` must be of shape ({len(self.rows)}, "
                f"factors). Received: shape {self.factors.shape}."
            )
        # Of each factor, its rows by value: where each value's rows begin.
        self._order = np.argsort(self.factors, axis=0, kind="stable")
        self._sorted = np.take_along_axis(self.factors, self._order, axis=0)

    @property
    def num_factors(self) -> int:
        return self.factors.shape[1]

    def __call__(
        self, generator: np.random.Generator, number: int, factor: int | None
    ) -> np.ndarray:
        """Draws rows, with replacement.

        Args:
            generator: `numpy.random.Generator`.
            number: int.
            factor: int, whose value all rows share, that of a row drawn; or
                `None` for any rows.

        Returns:
            Array of shape `(number, ...)`.
        """
        first, last = 0, len(self.rows)
        order = np.arange(last)
        if factor is not None:
            value = self.factors[generator.integers(last), factor]
            column, order = self._sorted[:, factor], self._order[:, factor]
            first = np.searchsorted(column, value, "left")
            last = np.searchsorted(column, value, "right")
        return self.rows[order[generator.integers(first, last, number)]]
