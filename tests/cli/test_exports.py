"""Exports by the command line: which are meant, and which are refused."""

import json
import shutil

import pytest

import kerasgen
from kerasgen import loading
from kerasgen.cli.exports import find_export
from kerasgen.serving.versions import versions
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
    settings = {"model": "vae", "dataset": "digits", "network": "mlp"}
    config = {"settings": {**settings, "epochs": 2}, "versions": {}}
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    assert find_export(tmp_path / "run") == (version, "run")


def test_of_a_model_alone_an_export_is_made(tmp_path):
    options = {"hidden_units": [4]}
    model = kerasgen.GAN((8, 8, 1), 2, network_options=options, seed=0)
    model.save(tmp_path / "model.keras")
    folder, name = find_export(tmp_path)
    assert name == tmp_path.name
    assert tmp_path not in folder.parents
    assert (folder / "saved_model.pb").exists()
    assert "FAULT" not in call("check-export", tmp_path)


def test_other_names_are_none(saved):
    with pytest.raises(FileNotFoundError, match="at smal.*saved model"):
        find_export("smal")


def test_a_saved_model_is_checked_by_its_name():
    output = call("check-export", "vae_mnist")
    assert output.startswith(str(loading.saved_models()["vae_mnist"] / "1"))
    assert "FAULT" not in output


# === What is known to fail before the export ===


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    file = tmp_path_factory.mktemp("trained") / "gan.keras"
    options = {"hidden_units": [4]}
    kerasgen.GAN((8, 8, 1), 2, network_options=options, seed=0).save(file)
    return file


@pytest.fixture
def words(trained, tmp_path):
    """The command that exports with a configuration."""
    words = ["export", trained, tmp_path / "gan"]
    return [*words, "--serving-config", tmp_path / "config"]


def test_the_stable_version_must_be_there_after_the_export(words, tmp_path):
    error = call(*words, "--stable", 2, fails=True)
    assert "versions 1. Received: stable=2." in error
    assert not (tmp_path / "gan").exists()
    assert not (tmp_path / "config").exists()
    call(*words, "--stable", 1)
    call(*words, "--version", 5, "--stable", 5)
    config = (tmp_path / "config" / "models.config").read_text()
    assert 'key: "stable" value: 5 ' in config


def test_a_stable_version_that_was_deleted(words, tmp_path):
    call(*words)
    call(*words[:3])
    shutil.rmtree(tmp_path / "gan" / "1")
    assert list(versions(tmp_path / "gan")) == [2]
    error = call(*words, fails=True)
    assert "versions 2, 3. Received: stable=1 from" in error
    assert str(tmp_path / "config" / "models.config") in error
    assert list(versions(tmp_path / "gan")) == [2]
    call(*words, "--stable", 2)
    assert list(versions(tmp_path / "gan")) == [2, 3]


def test_no_deletion_takes_what_a_label_names(words, trained, tmp_path):
    """Neither without the configuration, nor from Python."""
    call(*words)
    call(*words[:3], "--keep", 1)
    kerasgen.load(trained).export(tmp_path / "gan", keep=1)
    assert list(versions(tmp_path / "gan")) == [1, 3]
    config = tmp_path / "config" / "models.config"
    content = config.read_text()
    config.write_text("version_labels { value: 1 }")
    assert "cannot be read" in call(*words[:3], "--keep", 1, fails=True)
    assert list(versions(tmp_path / "gan")) == [1, 3]
    config.write_text(content.replace("value: 1", "value: 3"))
    call(*words[:3], "--keep", 1)
    assert list(versions(tmp_path / "gan")) == [3, 4]


@pytest.mark.parametrize("option", ["--keep", "--version"])
def test_numbers_are_positive(words, tmp_path, option):
    error = call(*words, option, 0, fails=True)
    assert f"Invalid value for '{option}'" in error
    assert not (tmp_path / "gan").exists()
