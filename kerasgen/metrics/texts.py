"""How varied texts are, and what of them is copied."""

from collections.abc import Iterator
from collections.abc import Sequence

from kerasgen.utils.arguments import check_positive_integer


def distinct_ngrams(texts: Sequence[str], length: int = 4) -> float:
    """The number of different runs of characters, as a share of all runs.

    Distinct-n of Li et al. (2016), https://arxiv.org/abs/1510.03055, of
    characters: low where texts say the same again and again. It falls with the
    number of texts: compare as many of the same length.

    Args:
        texts: sequence of str.
        length: int. Characters of a run.

    Returns:
        float in [0, 1], different runs by all runs.

    Example:

    >>> distinct_ngrams(["abab"], length=2)  # ab, ba, ab
    0.6666666666666666
    """
    found = list(_runs(texts, length))
    return len(set(found)) / len(found)


def copied_ngrams(
    texts: Sequence[str], sources: Sequence[str], length: int = 8
) -> float:
    """The share of runs of characters that stand in other texts too.

    Args:
        texts: sequence of str, such as samples.
        sources: sequence of str, such as those that a model was trained on.
        length: int. Characters of a run.

    Returns:
        float in [0, 1]. Of held-out texts it says what a language has in
        common; of samples it should not be far above that.

    Example:

    >>> copied_ngrams(["abcde"], ["xbcdx"], length=3)  # bcd of three
    0.3333333333333333
    """
    known = set(_runs(sources, length))
    found = list(_runs(texts, length))
    return sum(run in known for run in found) / len(found)


def _runs(texts: Sequence[str], length: int) -> Iterator[str]:
    check_positive_integer("length", length)
    is_empty = True
    for text in texts:
        for start in range(len(text) - length + 1):
            is_empty = False
            yield text[start : start + length]
    if is_empty:
        raise ValueError(
            f"Argument `texts` must have one of at least {length} characters. "
            "Received: none that is as long."
        )
