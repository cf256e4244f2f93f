"""Measures of texts, by hand."""

import pytest

from kerasgen import metrics


@pytest.mark.parametrize(
    ("texts", "length", "expected"),
    [
        (["aaaa"], 2, 1 / 3),
        (["abcd"], 2, 1.0),
        (["ab", "ab", "x"], 2, 0.5),
        (["ab", "b"], 1, 2 / 3),
    ],
)
def test_distinct_ngrams(texts, length, expected):
    assert metrics.distinct_ngrams(texts, length) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("texts", "sources", "expected"),
    [
        (["abcd"], ["abcd"], 1.0),
        (["abcd"], ["dcba"], 0.0),
        (["abcx", "bcd"], ["abcd"], 2 / 3),
        # Runs do not reach over the end of a text.
        (["abcd"], ["ab", "cd", "bcd"], 0.5),
    ],
)
def test_copied_ngrams(texts, sources, expected):
    found = metrics.copied_ngrams(texts, sources, length=3)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("texts", [[], ["ab"]])
def test_too_short_texts_are_refused(texts):
    with pytest.raises(ValueError, match="at least 3 characters"):
        metrics.distinct_ngrams(texts, 3)
