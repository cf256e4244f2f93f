"""What the benchmark of mixtures draws, and how it judges."""

import numpy as np
import pytest

from tests.benchmarks.loading import load


@pytest.fixture(scope="module")
def mixtures():
    return load("mixtures")


@pytest.mark.parametrize(
    ("name", "modes", "deviation"), [("ring", 8, 0.01), ("grid", 25, 0.05)]
)
def test_data_are_of_high_quality(mixtures, name, modes, deviation):
    samples = mixtures.draw(name, 20_000, seed=0)
    covered, quality = mixtures.judge(name, samples)
    assert covered == modes
    # Within three deviations: 1 - e^-4.5 of a Gaussian in the plane.
    assert quality == pytest.approx(0.98889, abs=0.003)
    centers, found = mixtures.modes_of(name)
    assert found == deviation
    nearest = np.linalg.norm(samples[:, None] - centers, axis=-1).min(axis=1)
    # The mean square of a distance in the plane is twice the variance.
    assert np.mean(nearest**2) == pytest.approx(2 * deviation**2, rel=0.05)


def test_judge_by_hand(mixtures):
    # On a mode, just within three deviations of one, just beyond, far away.
    samples = np.array([[1.0, 0.0], [0.971, 0.0], [0.0, 1.031], [0.5, 0.5]])
    assert mixtures.judge("ring", samples) == (1, 0.5)
    samples = np.array([[0.0, 0.0], [2.14, 0.0], [-4.0, 4.16]])
    assert mixtures.judge("grid", samples) == (2, pytest.approx(2 / 3))
