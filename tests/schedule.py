"""Which tests run, and in which order: those that take long first.

Two workers then end together. The tests of a class, and the functions of a
file, stay on one worker (`--dist loadscope`), as they share what they made.

Some tests take long and are further cases of what others test. They run with
`pytest --exhaustive`, and so before a release, and after a change of what they
test; a run without them says at its end which they were.
"""

import collections
import fnmatch

import pytest

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
# Which tests are further cases: patterns, in which `!` keeps what it matches.
_FURTHER_CASES = (
    # 01 and 03 do most of what learners do, and take the least time.
    "tests/tutorials/*::test_runs*",
    "!tests/tutorials/*::test_runs[[]0[13]_*",
    # One model for each kind of loss, or step.
    "tests/callbacks/*::test_saturated_discriminator*",
    "!tests/callbacks/*::test_saturated_discriminator[[]GAN]",
    "tests/engine/*::test_rows_of_any_scale_train*",
    "!tests/engine/*::test_rows_of_any_scale_train[[]V*]",
    "tests/engine/*::test_rows_without_weight_count_for_nothing*",
    "!tests/engine/*::test_rows_without_weight_count_for_nothing[[]VAE]",
    "tests/engine/*::test_two_short_epochs?VAE-resnet*",
    "tests/engine/*::test_two_short_epochs?Autoencoder*",
    "tests/engine/*::test_two_short_epochs?GAN-resnet*",
    "tests/engine/*::test_bytes_train_other_models?DEC]",
    "tests/models/*::test_digits_are_sorted?I*",
    "tests/models/*::test_learns_a_gaussian*",
    "!tests/models/*::test_learns_a_gaussian[[]cosine*]",
    "!tests/models/*::test_learns_a_gaussian[[]edm*]",
    "tests/networks/*::test_models_train_and_are_the_same_elsewhere?BiGAN]",
    "tests/tasks/*::test_noise_is_taken_away?VAE-search]",
    # XLA compiles the steps of a family alike.
    "tests/models/*::test_compiled_by_xla_or_not",
    "!tests/models/*::TestVAEContract::test_compiled_by_xla_or_not",
    "!tests/models/*::TestVQVAEContract::test_compiled_by_xla_or_not",
    "!tests/models/*::TestGANContract::test_compiled_by_xla_or_not",
    "!tests/models/*::TestWGANGPContract::test_compiled_by_xla_or_not",
    "!tests/models/*::TestFlowMatchingContract::test_compiled_by_xla_or_not",
    "!tests/models/*::TestGPTContract::test_compiled_by_xla_or_not",
    "!tests/models/*::TestCycleGANContract::test_compiled_by_xla_or_not",
    # Other options of flows, on replicas and in half precision.
    "tests/models/*::TestEDM::test_[rm]*",
    "tests/models/*::TestConditionalFlowMatching::test_[rm]*",
    "tests/models/*::TestFlowMatchingOfATransformer::test_[rm]*",
    "tests/models/*::TestGuidedMeanFlow::test_[rm]*",
    # Of MNIST; digits are measured in any case.
    "tests/metrics/*::test_grow_with_damage?mnist*",
    # scikit-learn's checks once more, on files mapped into memory.
    "tests/tasks/*::test_checks_of_scikit_learn*readonly_memmap*",
    # Exports of the same kind as those of VAE and GAN.
    "tests/test_loading.py::test_saved_model_has_no_fault*",
    "!tests/test_loading.py::test_saved_model_has_no_fault[[]vae_mnist]",
    "!tests/test_loading.py::test_saved_model_has_no_fault[[]gan_mnist]",
)
_LEFT_OUT = "a further case, which runs with --exhaustive"


def longest_first(items):
    """Tests in the order in which they start."""
    return sorted(items, key=_rank)


def _rank(item):
    for rank, start in enumerate(_FIRST):
        if item.nodeid.startswith(start):
            return rank
    return len(_FIRST)


def leave_out_further_cases(items):
    """Has further cases skipped, with the reason; returns them."""
    further = [
        item
        for item in items
        if is_further_case(item.nodeid)
        or item.get_closest_marker("exhaustive") is not None
    ]
    for item in further:
        item.add_marker(pytest.mark.skip(reason=_LEFT_OUT))
    return further


def check_patterns(items):
    """Raises for a pattern of which there is no test in a whole run."""
    for pattern in _FURTHER_CASES:
        name = pattern.removeprefix("!")
        if not any(fnmatch.fnmatchcase(item.nodeid, name) for item in items):
            raise pytest.UsageError(
                f"`_FURTHER_CASES` must name tests. Received: {pattern!r}, of "
                "which there is none. Follow the test that was renamed."
            )


def is_further_case(nodeid):
    """Whether a test runs with `--exhaustive` alone.

    The last pattern that matches counts; `[[]` matches a bracket.
    """
    found = False
    for pattern in _FURTHER_CASES:
        if fnmatch.fnmatchcase(nodeid, pattern.removeprefix("!")):
            found = not pattern.startswith("!")
    return found


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
