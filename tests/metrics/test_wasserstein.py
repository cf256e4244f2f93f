"""Sliced Wasserstein distances against scipy and closed forms."""

import numpy as np
import pytest
import scipy.stats

from kerasgen.metrics import sliced_wasserstein_distance
from kerasgen.metrics import wasserstein


def test_one_dimension_is_exact():
    """Against quantile functions on a fine grid."""
    draw = np.random.default_rng(0).normal
    first, second = draw(size=(12, 1)), draw(size=(18, 1)) + 1
    # 36 equal parts resolve both step functions.
    middle = (np.arange(36) + 0.5) / 36
    quantiles = [
        np.sort(rows[:, 0])[(middle * len(rows)).astype(int)]
        for rows in (first, second)
    ]
    expected = np.sqrt(np.square(quantiles[0] - quantiles[1]).mean())
    found = sliced_wasserstein_distance(first, second)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_two_points_each():
    """Unequal weights: |0 - 1| over all but a third, where it is |3 - 1|."""
    first, second = np.array([[0.0], [0.0], [3.0]]), np.array([[1.0]])
    found = sliced_wasserstein_distance(first, second)
    np.testing.assert_allclose(found, np.sqrt((2 * 1 + 4) / 3), rtol=1e-12)
    # The first power, by scipy, of the same columns.
    assert scipy.stats.wasserstein_distance(
        first[:, 0], second[:, 0]
    ) == pytest.approx(4 / 3)


def test_a_shift_of_all():
    """`E[(u . s)^2] = |s|^2 / d` over directions."""
    rows = np.random.default_rng(0).normal(size=(50, 8))
    shift = np.arange(8.0)
    found = sliced_wasserstein_distance(rows, rows + shift, 20_000)
    expected = np.linalg.norm(shift) / np.sqrt(8)
    assert found == pytest.approx(expected, rel=0.02)


def test_blocks_do_not_show(monkeypatch):
    draw = np.random.default_rng(0).normal
    rows = draw(size=(30, 3)), draw(size=(40, 3))
    expected = sliced_wasserstein_distance(*rows, 100)
    monkeypatch.setattr(wasserstein, "BLOCK_SIZE", 7)
    np.testing.assert_allclose(
        sliced_wasserstein_distance(*rows, 100), expected, rtol=1e-12
    )


def test_bad_directions():
    with pytest.raises(ValueError, match="num_directions"):
        sliced_wasserstein_distance(np.ones((2, 2)), np.ones((2, 2)), 0)
