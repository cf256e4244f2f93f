"""Runs, finished and stopped."""

import shutil

import pytest

from kerasgen.cli.run_folder import RunFolder
from kerasgen.utils import files
from tests.cli.runs import SMALL
from tests.cli.runs import without_export
from tests.cli.test_cli import call


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A finished run of two epochs, and what was printed; not to be changed."""
    folder = tmp_path_factory.mktemp("runs") / "vae"
    words = ["train", "vae", *SMALL, "--epochs", 2, "--run-dir", folder]
    return folder, call(*words)


@pytest.fixture(scope="session")
def trained(run):
    """The folder of that run."""
    return run[0]


@pytest.fixture
def finished(trained, tmp_path):
    return RunFolder(shutil.copytree(trained, tmp_path / "finished"))


@pytest.fixture
def stopped(trained, tmp_path):
    """A run that was stopped after two of its four epochs."""
    folder = RunFolder(shutil.copytree(trained, tmp_path / "stopped"))
    for file in (folder.model, folder.samples, folder.losses):
        file.unlink()
    shutil.rmtree(folder.export)
    record = files.read_json(folder.config)
    record["settings"]["epochs"] = 4
    files.write_json(folder.config, record)
    return folder


@pytest.fixture
def no_export():
    with without_export():
        yield
