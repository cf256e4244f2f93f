"""Rivals of flows in the manner of Keras's examples."""

import argparse

import numpy as np
import pytest

import kerasgen
from tests.benchmarks.loading import FOLDER
from tests.benchmarks.loading import load


@pytest.mark.parametrize("name", ["DDIM of keras.io", "DCGAN of keras.io"])
def test_what_a_rival_draws(monkeypatch, name):
    """Images of a side that its network cannot halve often enough."""
    monkeypatch.syspath_prepend(FOLDER)
    images, labels = kerasgen.data.load_arrays("digits")
    options = argparse.Namespace(minutes=0.02, num_samples=3)
    drawn, evaluations, has_classes = load("flows").drawn_by_rival(
        name, images[:, :6], labels, 0, options
    )
    assert drawn.shape == (3, 6, 8, 1)
    assert np.all((drawn >= 0) & (drawn <= 1))
    # Three latents, three images.
    assert np.ptp(drawn, axis=0).max() > 1e-4
    assert evaluations == {"DDIM of keras.io": 20}.get(name, 1)
    assert not has_classes
