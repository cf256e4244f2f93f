"""Further cases are left out, and no other tests."""

import pytest

from tests import schedule


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tests/tutorials/test_tutorials.py::test_runs[01_a]", False),
        ("tests/tutorials/test_tutorials.py::test_runs[02_b]", True),
        ("tests/test_loading.py::test_saved_model_has_no_fault[it]", True),
        ("tests/test_loading.py::test_saved_model_has_no_fault[gan_mnist]", 0),
        ("tests/test_loading.py::test_saved_model_is_the_served_one[x]", False),
        ("tests/models/test_vae.py::TestVAE::test_two_workers", False),
    ],
)
def test_further_cases(name, expected):
    assert schedule.is_further_case(name) == expected


def test_patterns_of_no_test_are_refused():
    """In a whole run, which this one may be."""
    with pytest.raises(pytest.UsageError, match="tests/tutorials"):
        schedule.check_patterns([])
