"""Precision, recall, density and coverage against full matrices."""

import numpy as np
import pytest
import scipy.spatial.distance
import sklearn.datasets

from kerasgen.metrics import distances
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
    monkeypatch.setattr(distances, "BLOCK_SIZE", 7)
    assert precision_recall_density_coverage(*rows) == expected


def test_more_neighbors_than_rows():
    rows = np.zeros((5, 2))
    with pytest.raises(ValueError, match="at least 6 rows"):
        precision_recall_density_coverage(rows, rows)


def on_integers(real, generated, k):
    """The scores by integers, which know no rounding, a pair at a time."""

    def squared(first, second):
        return np.stack([np.square(row - second).sum(axis=1) for row in first])

    def radii(rows):
        return np.sort(squared(rows, rows), axis=1)[:, k]

    real, generated = np.int64(real), np.int64(generated)
    distance = squared(real, generated)
    in_real = distance < radii(real)[:, None]
    in_generated = distance < radii(generated)
    return {
        "precision": in_real.any(axis=0).mean(),
        "recall": in_generated.any(axis=1).mean(),
        "density": in_real.sum(axis=0).mean() / k,
        "coverage": in_real.any(axis=1).mean(),
    }


def integers(high, shape, seed=0):
    return np.random.default_rng(seed).integers(0, high, shape)


def digits(levels):
    """Two sets of images, of as many levels of grey."""
    images = sklearn.datasets.load_digits().data[:240] // (16 // levels + 1)
    return images[:140].astype(int), images[140:].astype(int)


TIES = {
    "bits with themselves": (integers(2, (200, 8)),) * 2,
    "few levels": (integers(4, (300, 5)), integers(5, (280, 5), 1)),
    "copies": (np.repeat(integers(2, (30, 6)), 9, 0), integers(2, (90, 6), 1)),
    "a collapsed generator": (integers(3, (90, 6)), np.ones((50, 6), int)),
    "an outlier": (
        np.concatenate([integers(2, (90, 6)), np.full((1, 6), 4000)]),
        integers(2, (90, 6), 1),
    ),
    "binarised digits": digits(2),
    "digits": digits(16),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("name", TIES)
def test_ties_are_exact(name, k, dtype):
    expected = on_integers(*TIES[name], k)
    for shift in (0, 1, -1000):
        for scale in (1, 0.5, 2.0**-60, 2.0**70):
            found = precision_recall_density_coverage(
                *(((x + shift) * scale).astype(dtype) for x in TIES[name]), k
            )
            assert found == pytest.approx(expected, abs=1e-12)


def test_ties_by_hand():
    """On a line a distance that equals the radius is outside the ball."""
    real = np.array([[0.0], [1.0], [3.0]])
    # Balls around 0, 1 and 3 have radii 1, 1 and 2.
    found = precision_recall_density_coverage(real, [[1.0], [5.0]], 1)
    assert found == {
        "precision": 0.5,
        "recall": 1.0,
        # Of 1 in its own ball only, and of 5 in none.
        "density": 0.5,
        "coverage": pytest.approx(1 / 3),
    }


def test_bits_of_users():
    """What rounding made 1.377, and 1.138 of the same, shifted."""
    bits = integers(2, (200, 8)).astype(float)
    for shift in (0, 1):
        found = precision_recall_density_coverage(bits + shift, bits + shift)
        assert found["density"] == pytest.approx(0.465, abs=1e-9)


def test_every_unsure_pair_is_subtracted(monkeypatch):
    """However far products are off, nearly up to the bound that is assumed."""
    rows = [x.astype("float32") for x in TIES["few levels"]]
    expected = on_integers(*rows, 5)
    blocks = distances.SquaredDistances.blocks
    noise = np.random.default_rng(0)

    def off(self, chosen):
        for some, lower in blocks(self, chosen):
            norms = self._norm[some, None] + self._reference_norm
            yield (
                some,
                lower
                + self._error
                * norms
                * noise.uniform(-0.9, 0.9, lower.shape).astype("float32"),
            )

    monkeypatch.setattr(distances.SquaredDistances, "blocks", off)
    monkeypatch.setattr(distances, "BLOCK_SIZE", 19)
    monkeypatch.setattr(distances, "DIFFERENCES_SIZE", 100)
    found = precision_recall_density_coverage(*rows)
    assert found == pytest.approx(expected, abs=1e-12)
