"""Further cases are left out, and no other tests."""

import pathlib
import re

import pytest

from tests import schedule

ROOT = pathlib.Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tests/tutorials/test_tutorials.py::test_runs[01_a]", False),
        ("tests/tutorials/test_tutorials.py::test_runs[02_b]", True),
        ("tests/test_loading.py::test_saved_model_has_no_fault[it]", True),
        ("tests/test_loading.py::test_saved_model_x[gan_mnist]", False),
        ("tests/test_loading.py::test_saved_model_x[lsgan_mnist]", True),
        ("tests/models/test_vae.py::TestVAE::test_two_workers", False),
    ],
)
def test_further_cases(name, expected):
    assert schedule.is_further_case(name) is expected


@pytest.mark.parametrize("pattern", schedule._FURTHER_CASES)
def test_patterns_are_of_tests_that_there_are(pattern):
    folder, _, test = pattern.removeprefix("!").partition("::")
    start = re.match(r"\w+", test.rpartition("::")[2]).group()
    files = list(ROOT.glob(folder.replace("*", "*.py")))
    # The tests of contracts are inherited.
    files += (ROOT / "tests" / "contract").glob("*.py")
    assert any(f"def {start}" in file.read_text() for file in files), start
