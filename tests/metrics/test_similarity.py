"""Images beside what they should be."""

import numpy as np
import pytest

from kerasgen import metrics


def images(number=5, side=16):
    random = np.random.default_rng(0)
    return random.random((2, number, side, side, 3), "float32")


def test_decibels_by_hand():
    first, second = images()
    errors = np.square(first - second).mean(axis=(1, 2, 3))
    found = metrics.peak_signal_to_noise_ratio(first, second)
    np.testing.assert_allclose(found, -10 * np.log10(errors), rtol=1e-5)
    assert np.isinf(metrics.peak_signal_to_noise_ratio(first, first)).all()
    bytes_ = np.round(255 * first).astype("uint8")
    assert (metrics.peak_signal_to_noise_ratio(bytes_, first) > 50).all()


@pytest.mark.parametrize("side", [8, 16])
def test_structures(side):
    first, second = images(300, side)
    same = metrics.structural_similarity(first, first)
    np.testing.assert_allclose(same, 1, atol=1e-6)
    # Of noise and noise, about nothing; with less of it, more.
    assert abs(metrics.structural_similarity(first, second).mean()) < 0.05
    mixed = [
        metrics.structural_similarity(
            first, share * first + (1 - share) * second
        )
        for share in (0.3, 0.6, 0.9)
    ]
    assert (np.diff(mixed, axis=0) > 0).all()


def test_constants_by_hand():
    """Of images without structure, means alone: (2ab + c) / (a^2 + b^2 + c)."""
    first, second = np.full((2, 1, 12, 12, 1), [[[[[0.2]]]], [[[[0.6]]]]], "f4")
    constant = 0.01**2
    expected = (2 * 0.2 * 0.6 + constant) / (0.2**2 + 0.6**2 + constant)
    found = metrics.structural_similarity(first, second)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_refusals():
    first, second = images()
    for measure in (
        metrics.peak_signal_to_noise_ratio,
        metrics.structural_similarity,
    ):
        with pytest.raises(ValueError, match="`references` must"):
            measure(first, second[:, :8])
        with pytest.raises(ValueError, match="one an image"):
            measure(first, second[:3])
        with pytest.raises(ValueError, match="`images` must be in"):
            measure(first * 2, second)
