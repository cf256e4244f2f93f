"""What all tests share."""

import gc
import itertools
import os

# Before TensorFlow is imported: its warnings would bury those of the tests.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import pytest
import tensorflow as tf

from kerasgen import data
from tests import schedule
from tests.contract import distinct
from tests.two_workers import TwoWorkers

# Two logical CPUs, so that replicas are tested without a GPU.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)


def pytest_addoption(parser):
    parser.addoption(
        "--exhaustive",
        action="store_true",
        help="run also the tests of tests/schedule.py that are left out",
    )


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "once_a(kind): see tests/contract/distinct.py"
    )
    config.addinivalue_line("markers", "exhaustive: see tests/schedule.py")


def pytest_collection_modifyitems(config, items):
    items[:] = schedule.longest_first(items)
    if config.args == config.getini("testpaths"):
        schedule.check_patterns(items)
    further = set()
    if not config.option.exhaustive:
        further = set(schedule.leave_out_further_cases(items))
    # A test that is left out tests nothing for others.
    _, again = distinct.first_of_each([i for i in items if i not in further])
    dropped = set(again)
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=again)


def pytest_terminal_summary(terminalreporter):
    schedule.report_skipped_tests(terminalreporter)


# Graphs leave many objects, which Python would look through again and again, at
# a fifth of the time of all tests; collecting them all takes longer than most.
gc.set_threshold(50_000, 20, 10**6)
_TESTS_A_COLLECTION = 100
_tests_run = itertools.count(1)


@pytest.fixture(autouse=True)
def clean_keras_state():
    if next(_tests_run) % _TESTS_A_COLLECTION == 0:
        gc.collect()
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(0)


@pytest.fixture
def strategy():
    """One machine with two replicas."""
    # The default collectives fail on logical CPUs.
    return tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )


@pytest.fixture(scope="session")
def two_workers(tmp_path_factory):
    """Two processes with one replica each."""
    workers = TwoWorkers(tmp_path_factory.mktemp("two_workers"))
    yield workers
    workers.close()


@pytest.fixture(scope="session")
def digit_labels():
    """The classes of `digits`, from 0 to 9."""
    _, labels = data.load_arrays("digits")
    return labels[:64]


@pytest.fixture(scope="session")
def digits():
    """64 real digits of shape (8, 8, 1)."""
    images, _ = data.load_arrays("digits")
    return images[:64]
