"""Which export is meant by a word of the command line."""

import json

import pytest

from kerasgen import loading
from kerasgen.cli.exports import find_export
from tests.cli.test_cli import call


def empty_version(folder):
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").touch()
    return folder


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Versions 1 and 2 of a saved model that is called `small`."""
    folder = tmp_path / "checkout" / "small"
    for version in ("1", "2"):
        empty_version(folder / version)
    monkeypatch.setattr(loading, "saved_models", lambda: {"small": folder})
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_saved_model_by_its_name(saved):
    assert find_export("small") == (saved / "2", "small")


def test_a_folder_goes_before_a_saved_model_of_its_name(saved, tmp_path):
    empty_version(tmp_path / "small" / "5")
    folder, name = find_export("small")
    assert folder.resolve() == tmp_path / "small" / "5"
    assert name == "small"


def test_a_version_is_called_by_the_folder_it_is_in(saved):
    assert find_export(saved / "1") == (saved / "1", "small")


def test_the_export_of_a_run(saved, tmp_path):
    version = empty_version(tmp_path / "run" / "export" / "1")
    config = {"settings": {}, "versions": {}}
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    assert find_export(tmp_path / "run") == (version, "run")


def test_other_names_are_none(saved):
    with pytest.raises(FileNotFoundError, match="at smal.*saved model"):
        find_export("smal")


def test_a_saved_model_is_checked_by_its_name():
    output = call("check-export", "vae_mnist")
    assert output.startswith(str(loading.saved_models()["vae_mnist"] / "1"))
    assert "FAULT" not in output
