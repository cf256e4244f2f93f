"""Precision, recall, density and coverage against full matrices."""

import numpy as np
import pytest
import scipy.spatial.distance

from kerasgen.metrics import manifold
from kerasgen.metrics import precision_recall_density_coverage


def by_full_matrices(real, generated, k):
    """All distances at once, in float64, as the papers define the scores."""

    def radii(rows):
        distances = scipy.spatial.distance.cdist(rows, rows)
        return np.sort(distances, axis=1)[:, k]

    distance = scipy.spatial.distance.cdist(real, generated)
    in_real = distance < radii(real)[:, None]
    in_generated = distance < radii(generated)
    return {
        "precision": in_real.any(axis=0).mean(),
        "recall": in_generated.any(axis=1).mean(),
        "density": in_real.sum(axis=0).mean() / k,
        "coverage": (distance.min(axis=1) < radii(real)).mean(),
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(700, 900), (900, 700), (30, 256)])
def test_equals_full_matrices(sizes, dtype):
    draw = np.random.default_rng(0).normal
    # Far from the origin, where products of float32 lose their digits.
    real = draw(size=(sizes[0], 6)) + 100
    generated = 0.8 * draw(size=(sizes[1], 6)) + 100.3
    real, generated = real.astype(dtype), generated.astype(dtype)
    for k in (1, 5):
        found = precision_recall_density_coverage(real, generated, k)
        expected = by_full_matrices(
            real.astype("float64"), generated.astype("float64"), k
        )
        assert found == pytest.approx(expected, abs=1e-12)


def test_coverage_of_equal_distributions():
    """`1 - prod_i (m - i) / (n + m - 1 - i)` (Naeem et al., lemma 2)."""
    rows, k = 500, 4
    steps = np.arange(k)
    expected = 1 - np.prod((rows - steps - 1) / (2 * rows - steps - 2))
    draw = np.random.default_rng(0).normal
    found = [
        precision_recall_density_coverage(
            draw(size=(rows, 3)), draw(size=(rows, 3)), k
        )
        for _ in range(20)
    ]
    coverage = [scores["coverage"] for scores in found]
    error = np.std(coverage) / np.sqrt(len(coverage))
    assert abs(np.mean(coverage) - expected) < 4 * error + 1e-3
    assert error < 0.01
    assert np.mean([s["density"] for s in found]) == pytest.approx(1, abs=0.03)


def test_dropped_modes_lower_recall_and_coverage_only():
    draw = np.random.default_rng(0).normal
    centers = 10 * np.eye(4)[np.arange(1000) % 4]
    real = centers + draw(size=(1000, 4))
    generated = centers[:, :] + draw(size=(1000, 4))
    half = generated[np.arange(1000) % 4 < 2]
    whole = precision_recall_density_coverage(real, generated)
    fewer = precision_recall_density_coverage(real, half)
    assert whole["coverage"] > 0.9
    assert fewer["coverage"] == pytest.approx(whole["coverage"] / 2, abs=0.05)
    assert fewer["recall"] == pytest.approx(whole["recall"] / 2, abs=0.05)
    assert fewer["precision"] == pytest.approx(whole["precision"], abs=0.05)


def test_blocks_do_not_show(monkeypatch):
    draw = np.random.default_rng(0).normal
    rows = draw(size=(300, 5)), draw(size=(300, 5))
    expected = precision_recall_density_coverage(*rows)
    monkeypatch.setattr(manifold, "BLOCK_SIZE", 7)
    assert precision_recall_density_coverage(*rows) == expected


def test_more_neighbors_than_rows():
    rows = np.zeros((5, 2))
    with pytest.raises(ValueError, match="at least 6 rows"):
        precision_recall_density_coverage(rows, rows)
