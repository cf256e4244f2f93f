"""Models on the hub: pushed, and loaded by their addresses."""

import json
import os
import pathlib
import shutil
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

import kerasgen
from kerasgen.cli import model_card
from kerasgen.cli.exports import find_export
from kerasgen.tasks.digests import digest
from kerasgen.utils import files
from kerasgen.utils import hub
from tests.cli.test_cli import call

huggingface_hub = pytest.importorskip("huggingface_hub")
yaml = pytest.importorskip("yaml")

from tests.hub_server import TOKEN  # noqa: E402
from tests.hub_server import HubServer  # noqa: E402

ADDRESS = "hf://ada/vae_digits"


@pytest.fixture
def server(monkeypatch, tmp_path):
    from huggingface_hub import constants

    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        # Its own storage takes the place of LFS on huggingface.co.
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", tmp_path / "hub")
        monkeypatch.setattr(
            constants, "HF_TOKEN_PATH", str(tmp_path / "no_token")
        )
        yield server


def measured(folder):
    """Puts a report into the folder of a run."""
    measure = {
        "mean": 119.123456789,
        "deviation": 0.96,
        "values": [118.0, 120.0],
        "floor": 0.54,
        "better": "lower",
        "about": "of Gaussians",
    }
    lost = {**measure, "mean": float("nan")}
    report = {
        "title": "VAE on digits",
        "protocol": "Of 1000 images.",
        "measures": {"frechet_distance": measure, "recall": lost},
        "split": "test",
    }
    files.write_json(folder / "report.json", report)


def test_round_trip(server, finished, tmp_path):
    measured(finished.path)
    said = call("push", finished.path, ADDRESS, "--license", "mit")
    assert f"{server.url}/ada/vae_digits" in said
    pushed = server.files("ada/vae_digits")
    assert set(pushed) == {
        "model.keras",
        "config.json",
        "report.json",
        "samples.png",
        "README.md",
    }
    assert pushed["model.keras"] == finished.model.read_bytes()
    before = kerasgen.load(finished.path)
    # Neither needs what was pushed from.
    shutil.rmtree(finished.path)
    model = kerasgen.load(ADDRESS)
    np.testing.assert_array_equal(
        model.generate(4, seed=3), before.generate(4, seed=3)
    )
    picture = tmp_path / "samples.png"
    call("generate", ADDRESS, "--num-samples", 4, "--out", picture)
    Image.open(picture).verify()
    # Its config.json says of which data.
    said = call("reconstruct", ADDRESS, "--out", picture, "--num-samples", 32)
    assert "mean squared error" in said.replace("\n", " ")


def test_card(server, finished):
    measured(finished.path)
    call("push", finished.path, ADDRESS, "--license", "mit")
    card = server.files("ada/vae_digits")["README.md"].decode()
    _, metadata, text = card.split("---\n", 2)
    metadata = yaml.safe_load(metadata)
    assert metadata["library_name"] == "keras"
    assert metadata["license"] == "mit"
    assert metadata["pipeline_tag"] == "unconditional-image-generation"
    assert {"kerasgen", "vae"} <= set(metadata["tags"])
    [index] = metadata["model-index"]
    assert index["name"] == "vae_digits"
    [result] = index["results"]
    assert result["dataset"] == {
        "name": "digits",
        "type": "digits",
        "split": "test",
    }
    # What is not finite is no metric of the hub's.
    [metric] = result["metrics"]
    assert metric["type"] == "frechet_distance"
    assert metric["value"] == pytest.approx(119.123, abs=1e-3)
    for words in (
        f'kerasgen.load("{ADDRESS}")',
        "![Samples](samples.png)",
        "| epochs | `2` |",
        "Of 1000 images.",
        "| frechet distance | 119.1 ± 0.96 |",
    ):
        assert words in text
    huggingface_hub.ModelCard(card)


def test_a_push_replaces_what_one_before_left(server, finished):
    measured(finished.path)
    call("push", finished.path, ADDRESS)
    server.files("ada/vae_digits")["notes.txt"] = b"of the owner"
    first = server.repositories["ada/vae_digits"]["commits"][-1][0]
    # A report of a model before this one.
    os.utime(finished.path / "report.json", (1, 1))
    said = call("push", finished.path, ADDRESS, "--message", "Again")
    assert "of a model before this one" in said
    _, message, pushed = server.repositories["ada/vae_digits"]["commits"][-1]
    assert message == "Again"
    assert "report.json" not in pushed
    assert pushed["notes.txt"] == b"of the owner"
    assert b"license" not in pushed["README.md"]
    assert b"model-index" not in pushed["README.md"]
    old = hub.local(f"{ADDRESS}@{first}")
    assert (old / "report.json").is_file()
    assert not (hub.local(ADDRESS) / "report.json").exists()


def test_a_report_is_of_weights(server, finished):
    """Whatever the times of files, which a checkout or a copy changes."""
    report = finished.path / "report.json"
    measured(finished.path)
    model = kerasgen.load(finished.path)
    for weights, is_there in (
        (digest(*model.get_weights()), True),
        ("of others", False),
    ):
        content = json.loads(report.read_text()) | {"weights": weights}
        report.write_text(json.dumps(content))
        os.utime(report, (1, 1))
        said = call("push", finished.path, ADDRESS)
        assert ("of a model before this one" not in said) == is_there
        assert ("report.json" in server.files("ada/vae_digits")) == is_there


def test_an_export_is_made_for_now(server, finished, monkeypatch):
    monkeypatch.setattr(
        kerasgen.models.GenerativeModel,
        "export",
        lambda _, place: pathlib.Path(place) / "1",
    )
    server.create("ada/vae")
    server.commit("ada/vae", {"model.keras": finished.model.read_bytes()})
    folder, name = find_export("hf://ada/vae")
    assert folder.name == "1" and name == "vae"


def test_a_saved_model_keeps_its_own_card(server):
    call("push", "vae_mnist", "hf://ada/saved")
    pushed = server.files("ada/saved")
    assert set(pushed) == {"model.keras", "samples.png", "README.md"}
    card = pushed["README.md"].decode()
    assert "Commons Attribution-Share Alike" in card
    assert card.count("![Samples]") == 1


def test_nothing_else_is_downloaded(server, finished):
    """Neither code nor pickles, whatever a repository holds."""
    server.create("eve/vae")
    others = ["run.py", "weights.pkl", "sub/model.keras", "other.keras"]
    content = {**dict.fromkeys(others, b"x"), "README.md": b"Eve's"}
    server.commit(
        "eve/vae", {**content, "model.keras": finished.model.read_bytes()}
    )
    folder = hub.local("hf://eve/vae")
    assert [path.name for path in folder.rglob("*")] == ["model.keras"]
    assert not [a for a in server.asked if "resolve" in a and ".py" in a]


def test_models_that_run_code_are_refused(
    server, finished, tmp_path, monkeypatch
):
    """What is none of Keras's or kerasgen's classes is not even imported."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "of_a_stranger.py").write_text("class VAE: pass")
    strange = tmp_path / "strange.keras"
    with (
        zipfile.ZipFile(finished.model) as source,
        zipfile.ZipFile(strange, "w") as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["module"] = "of_a_stranger"
                config["registered_name"] = None
                content = json.dumps(config).encode()
            target.writestr(name, content)
    server.create("eve/vae")
    server.commit("eve/vae", {"model.keras": strange.read_bytes()})
    with pytest.raises(ValueError, match="cannot be loaded as a model"):
        kerasgen.load("hf://eve/vae")
    assert "of_a_stranger" not in sys.modules


def test_private(server, finished):
    call("push", finished.path, "hf://ada/secret", "--private")
    assert server.repositories["ada/secret"]["private"]
    server.create("ada/open")
    error = call(
        *("push", finished.path, "hf://ada/open", "--private"), fails=True
    )
    assert "there already, and public" in error
    assert server.files("ada/open") == {}


def test_errors_say_what_to_do(server, finished, monkeypatch, tmp_path):
    with pytest.raises(ValueError, match="must be hf://OWNER/NAME"):
        kerasgen.load("hf://vae")
    with pytest.raises(FileNotFoundError, match="There is no hf://ada/none"):
        kerasgen.load("hf://ada/none")
    server.create("ada/empty")
    with pytest.raises(FileNotFoundError, match="no model.keras"):
        kerasgen.load(pathlib.Path("hf://ada/empty"))
    with pytest.raises(FileNotFoundError, match="no revision v9"):
        kerasgen.load("hf://ada/empty@v9")
    error = call("push", finished.path, "hf://bob/vae", fails=True)
    assert "The token may not do this with hf://bob/vae" in error
    error = call("push", finished.path, f"{ADDRESS}@v1", fails=True)
    assert "pushed as the newest revision" in error
    error = call("evaluate", "hf://ada/empty", fails=True)
    assert "`--out` must be given" in error
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ConnectionError, match="127.0.0.1:9 cannot be reached"):
        kerasgen.load("hf://ada/elsewhere")
    monkeypatch.setenv("HF_TOKEN", "")
    error = call("push", finished.path, ADDRESS, fails=True)
    assert "no token" in error and "hf auth login" in error


def test_offline_the_cache_is_enough(server, finished, monkeypatch):
    server.create("ada/vae")
    server.commit("ada/vae", {"model.keras": finished.model.read_bytes()})
    first = hub.local("hf://ada/vae")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert hub.local("hf://ada/vae") == first


def test_paths_of_this_machine_are_not_told(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    record = {
        "settings": {"dataset": str(folder), "epochs": 9},
        "finished_epochs": 4,
    }
    shared = model_card._shared_record(record)
    assert shared["settings"] == {"dataset": "photos", "epochs": 4}
    assert record["settings"]["dataset"] == str(folder)
    names = ("digits", "emnist/letters", None)
    assert tuple(map(model_card._shared_name, names)) == names


def test_without_the_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"kerasgen-zoo\[hub\]"):
        kerasgen.load(ADDRESS)
