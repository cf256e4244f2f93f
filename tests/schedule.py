"""Which tests run, and in which order: those that take long first.

Two workers then end together. The tests of a class, and the functions of a
file, stay on one worker (`--dist loadscope`), as they share what they made.

Further cases of what another test tests already, which take long, are marked
`exhaustive`. They run with `pytest --exhaustive`, and so before a release, and
after a change of what they test; at the end of a run it says which were not.
"""

import collections

import pytest

exhaustive = pytest.mark.exhaustive
_LEFT_OUT = "a further case, which runs with --exhaustive"

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


def leave_out_further_cases(items):
    """Has tests that are marked `exhaustive` skipped, with the reason."""
    for item in items:
        if item.get_closest_marker("exhaustive") is not None:
            item.add_marker(pytest.mark.skip(reason=_LEFT_OUT))


def report_skipped_tests(reporter):
    """Writes what did not run and why, a line for each test function."""
    numbers = collections.Counter()
    for report in reporter.stats.get("skipped", []):
        reason = str(report.longrepr[-1]).removeprefix("Skipped: ")
        numbers[reason, report.nodeid.partition("[")[0]] += 1
    if numbers:
        reporter.section("not run")
    last = None
    for (reason, test), number in sorted(numbers.items()):
        if reason != last:
            reporter.line(f"{reason}:")
        reporter.line(f"  {number:4d} {test}")
        last = reason
