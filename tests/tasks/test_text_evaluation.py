"""What held-out texts cost one who knows how frequent characters are."""

import numpy as np
import pytest

from kerasgen.tasks.text_evaluation import bits_by_frequency


def test_bits_by_hand():
    # Of a, b and c there are two, one and none, and one more of each.
    expected = -np.log2([3 / 6, 2 / 6, 1 / 6]).mean()
    found = bits_by_frequency("abc", "aab")
    assert found == pytest.approx(expected, rel=1e-12)
