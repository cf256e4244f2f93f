"""Squared distances: by products, and by differences where rounding decides.

Products are fast, and off by rounding. On features that lie on a grid, such as
binarised images, a good share of all distances are equal, and rounding would
say which of them is the smaller. So products only say which pairs may be near
enough; those that are not surely so are subtracted, in float64, which is exact
for integers and for multiples of a power of two.
"""

from collections.abc import Iterator

import numpy as np

# Rows that are compared with all others at a time, and numbers that are
# subtracted at a time: memory grows with these and with the number of rows,
# not with its square.
BLOCK_SIZE = 256
DIFFERENCES_SIZE = 2**20


def scaled(*arrays: np.ndarray) -> list[np.ndarray]:
    """Arrays over one power of two, so that no square leaves a float's range.

    Which distance is below which does not change by it, nor what is exact.
    """
    largest = max(np.abs(array).max() for array in arrays)
    exponent = np.frexp(largest)[1]
    return [np.ldexp(array, -exponent) for array in arrays]


class SquaredDistances:
    """Squared distances from rows to references.

    Args:
        rows: float array of shape `(n, d)`, see `scaled`.
        references: float array of shape `(m, d)`; the same object as `rows`
            for distances within a set, where no row is its own neighbour.
    """

    def __init__(self, rows: np.ndarray, references: np.ndarray) -> None:
        self.rows, self.references = rows, references
        self._is_one_set = rows is references
        self._dtype = np.result_type(rows, references)
        # Far from the origin, products lose the digits of distances.
        center = references.mean(axis=0)
        self._centered, self._centered_references = (
            np.ascontiguousarray(features - center, self._dtype)
            for features in (rows, references)
        )
        self._norm, self._reference_norm = (
            np.square(features).sum(axis=1)
            for features in (self._centered, self._centered_references)
        )
        # What subtracting the center, two norms and a product of `d + 2` terms
        # are off by at most, as a share of both norms, and more than that.
        self._error = 2 * (rows.shape[1] + 8) * np.finfo(self._dtype).eps
        # Products of these are lower bounds of distances, norms and all.
        self._factor = np.column_stack(
            [
                self._centered,
                (1 - self._error) * self._norm,
                np.ones_like(self._norm),
            ]
        )
        self._reference_factor = np.vstack(
            [
                -2 * self._centered_references.T,
                np.ones_like(self._reference_norm),
                (1 - self._error) * self._reference_norm,
            ]
        )

    def exact(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Those of pairs, by indices, in float64."""
        found = np.empty(len(rows))
        step = max(1, DIFFERENCES_SIZE // self.rows.shape[1])
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            difference = self.rows[rows[part]].astype(np.float64)
            difference -= self.references[columns[part]]
            found[part] = np.square(difference, out=difference).sum(axis=1)
        return found

    def blocks(
        self, rows: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Of an array of indices of rows, some, and lower bounds of theirs."""
        for start in range(0, len(rows), BLOCK_SIZE):
            some = rows[start : start + BLOCK_SIZE]
            yield some, self._factor[some] @ self._reference_factor

    def below(
        self, rows: np.ndarray, lower: np.ndarray, limits: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which distances of a block are below limits.

        Args:
            rows, lower: a block of `blocks`.
            limits: float64 array that broadcasts to the shape of `lower`.

        Returns:
            (places, columns): arrays of indices of pairs, the former in `rows`.
        """
        # A lower bound may be negative, a distance may not.
        limits = np.where(limits > 0, limits, -np.inf)
        places, columns = np.nonzero(
            lower < np.nextafter(limits.astype(self._dtype), np.inf)
        )
        limit = np.broadcast_to(limits, lower.shape)[places, columns]
        norms = self._norm[rows[places]] + self._reference_norm[columns]
        upper = lower[places, columns] + 2 * self._error * norms
        is_below = upper < limit
        (unsure,) = np.nonzero(~is_below)
        is_below[unsure] = (
            self.exact(rows[places[unsure]], columns[unsure]) < limit[unsure]
        )
        return places[is_below], columns[is_below]

    def to_neighbor(self, number: int) -> np.ndarray:
        """Exact distance of each row to its `number`-th nearest reference."""
        radius, is_sure = self._to_found_neighbor(number)
        for rows, lower in self.blocks(np.flatnonzero(~is_sure)):
            if self._is_one_set:
                lower[np.arange(len(rows)), rows] = np.inf
            limits = np.nextafter(radius[rows].astype(self._dtype), np.inf)
            places, columns = np.nonzero(lower <= limits[:, None])
            distance = self.exact(rows[places], columns)
            distance = distance[np.lexsort((distance, places))]
            first = np.searchsorted(places, np.arange(len(rows)))
            radius[rows] = distance[first + number - 1]
        return radius

    def nearest(self) -> tuple[np.ndarray, np.ndarray]:
        """(distances, indices): exact ones of the nearest reference of each
        row, of equally near ones the first.
        """
        distance = self.to_neighbor(1)
        indices = np.empty(len(distance), np.int64)
        for rows, lower in self.blocks(np.arange(len(distance))):
            if self._is_one_set:
                lower[np.arange(len(rows)), rows] = np.inf
            limits = np.nextafter(distance[rows].astype(self._dtype), np.inf)
            places, columns = np.nonzero(lower <= limits[:, None])
            is_nearest = (
                self.exact(rows[places], columns) == distance[rows[places]]
            )
            places, columns = places[is_nearest], columns[is_nearest]
            # Both are in order, so that the first is that of the lowest index.
            indices[rows] = columns[
                np.searchsorted(places, np.arange(len(rows)))
            ]
        return distance, indices

    def _to_found_neighbor(self, number):
        """By a search that rounds: distances that are not too small, and which
        of them are right.
        """
        import sklearn.neighbors

        available = len(self.references) - self._is_one_set
        search = sklearn.neighbors.NearestNeighbors(
            n_neighbors=min(number + 1, available),
            algorithm="brute",
            metric="sqeuclidean",
        ).fit(self._centered_references)
        # Without an argument, a row is not its own neighbor.
        argument = None if self._is_one_set else self._centered
        distances, columns = search.kneighbors(argument)
        rows = np.repeat(np.arange(len(self.rows)), number)
        exact = self.exact(rows, columns[:, :number].ravel())
        radius = exact.reshape(-1, number).max(axis=1)
        if number == available:
            return radius, np.ones(len(radius), bool)
        # Of all that were not found; the norm of a reference is at most twice
        # its distance and twice the row's norm.
        least = (1 - 2 * self._error) * distances[:, -1] - (
            3 * self._error * self._norm
        )
        return radius, (least > radius) | (radius == 0)
