"""The order of the tests: those that take long first.

Two workers then end together. The tests of a class, and the functions of a
file, stay on one worker (`--dist loadscope`), as they share what they made.
"""

# What starts first; all else follows in its own order.
_FIRST = (
    "tests/tutorials/",
    "tests/cli/",
    "tests/models/",
    "tests/engine/",
    "tests/resume/",
    "tests/test_contract_catches.py",
    "tests/serving/",
    "tests/docs/",
    "tests/tasks/",
)


def longest_first(items):
    """Tests in the order in which they start."""
    return sorted(items, key=_rank)


def _rank(item):
    for rank, start in enumerate(_FIRST):
        if item.nodeid.startswith(start):
            return rank
    return len(_FIRST)
