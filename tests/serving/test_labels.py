"""Canaries, promotions and ways back, on a server that runs."""

import contextlib
import datetime
import random
import shutil
import types

import pytest

import kerasgen
from kerasgen.cli import run_folder
from kerasgen.serving import models_config
from kerasgen.serving import write_server_config
from kerasgen.serving.server_config import stable_version
from kerasgen.serving.versions import next_version
from kerasgen.serving.versions import versions
from tests.cli.test_cli import call
from tests.serving.label_server import LabelServer


@pytest.fixture(scope="module")
def version(tmp_path_factory):
    """A version that others are copies of."""
    model = kerasgen.GAN((8, 8, 1), 2, network_options={"hidden_units": [4]})
    return model.export(tmp_path_factory.mktemp("exports"))


@pytest.fixture
def export(version, tmp_path, monkeypatch):
    """The command, with words besides; the model is exported by a copy."""

    def copied(folder, number=None, keep=None):
        assert keep is None  # Labels move first.
        number = number or next_version(folder)
        return shutil.copytree(version, folder / str(number))

    model = types.SimpleNamespace(export=copied, signatures=dict)
    monkeypatch.setattr(run_folder, "load_trained", lambda run: model)
    (tmp_path / "run").mkdir()
    words = ["export", tmp_path / "run", tmp_path / "gan"]
    words += ["--serving-config", tmp_path / "config"]
    return lambda *more, **also: call(*words, *more, **also)


@pytest.fixture
def start(tmp_path):
    """A function that starts a server."""
    config = tmp_path / "config" / models_config.FILE
    return lambda: LabelServer(config, tmp_path / "gan")


@pytest.fixture
def hold():
    """A context in which another process would have a folder's lock."""
    fcntl = pytest.importorskip("fcntl")

    @contextlib.contextmanager
    def held(folder):
        folder.mkdir(exist_ok=True)
        with open(folder / ".lock", "w") as file:
            # Locks of the same process conflict too if it opens a file anew.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    return held


@pytest.fixture
def promote(tmp_path):
    return lambda stable: write_server_config(
        tmp_path / "config", tmp_path / "gan", stable=stable
    )


def answers(server):
    return server.ask("stable"), server.ask("canary")


def test_a_canary(export, start):
    export()
    server = start()
    assert answers(server) == (1, 1)
    export()
    assert server.settle()
    assert answers(server) == (1, 2)


def test_promotion_and_the_way_back(export, start, promote):
    export()
    export()
    server = start()
    assert answers(server) == (1, 2)
    for stable in (2, 1, 2):
        promote(stable)
        assert server.settle()
        assert answers(server) == (stable, 2)


def test_labels_that_are_edited_by_hand(export, start, tmp_path):
    export()
    export()
    server = start()
    file = tmp_path / "config" / models_config.FILE
    old, new = 'key: "stable" value: 1', 'key: "stable" value: 2'
    file.write_text(file.read_text().replace(old, new))
    assert server.settle()
    assert answers(server) == (2, 2)
    assert "1 stays for now" in export("--keep", 2)


@pytest.mark.parametrize("polls", ["after each", "folder first", "file first"])
def test_old_versions_go(polls, export, start):
    """No request fails, however late the server sees what was done."""
    export()
    server = start()
    for words in ([], ["--stable", 2], ["--keep", 3]):
        export(*words)
        if polls == "after each":
            assert server.settle()
        assert answers(server)
    if polls == "file first":
        server.poll_config()
        assert answers(server)
    for _ in range(3):
        server.poll_folder()
        assert answers(server)
        server.poll_config()
        assert answers(server)
    assert answers(server) == (2, 4)
    assert server.ask() == 4


@pytest.mark.parametrize("seed", range(5))
def test_no_request_fails(seed, export, start, promote, tmp_path):
    """Whatever is done, in whatever order, within a minute."""
    rng = random.Random(seed)
    export()
    server = start()
    for _ in range(15):
        there = list(versions(tmp_path / "gan"))
        act = rng.choice(["export", "export", "promote", "keep"])
        if act == "promote":
            promote(rng.choice(there))
        elif act == "export":
            export()
        else:
            newest = next_version(tmp_path / "gan")
            export("--stable", newest, "--keep", rng.randint(1, 3))
        for poll in rng.choices([server.poll_folder, server.poll_config], k=3):
            poll()
            assert answers(server)
    assert server.settle()
    labels = models_config.labels(tmp_path / "config")
    assert answers(server) == (labels["stable"], labels["canary"])


class LaterTime(datetime.datetime):
    """A clock that is an hour further each time."""

    hours = 0

    @classmethod
    def now(cls, zone=None):
        cls.hours += 1
        return super().now(zone) + datetime.timedelta(hours=cls.hours)


def test_versions_go_in_the_end(export, tmp_path, monkeypatch):
    """Few remain besides those that are asked for."""
    fakes = types.SimpleNamespace(datetime=LaterTime, UTC=datetime.UTC)
    monkeypatch.setattr(models_config, "datetime", fakes)
    for newest in range(1, 8):
        output = export("--stable", newest, "--keep", 1)
    # The last but one may still be what the server calls stable.
    assert "6 stays for now" in output
    assert list(versions(tmp_path / "gan")) == [6, 7]


def test_within_a_minute_they_all_remain(export, tmp_path):
    for newest in range(1, 5):
        export("--stable", newest, "--keep", 1)
    assert list(versions(tmp_path / "gan")) == [1, 2, 3, 4]
    assert models_config.named_versions(tmp_path / "config") == {1, 2, 3, 4}


def test_one_export_at_a_time_moves_labels(export, hold, tmp_path):
    """A version that another is about to give a label must not go."""
    export()
    with hold(tmp_path / "gan"):
        assert "is in use" in export("--keep", 1, fails=True)
    assert list(versions(tmp_path / "gan")) == [1]
    export()


def test_a_configuration_is_written_by_one_at_a_time(
    export, promote, hold, tmp_path
):
    export()
    with hold(tmp_path / "config"):
        with pytest.raises(BlockingIOError, match="is in use"):
            promote(1)
        assert "is in use" in export(fails=True)
    assert list(versions(tmp_path / "gan")) == [1]
    promote(1)


def test_versions_go_while_the_labels_stay(export, tmp_path, monkeypatch):
    def checked(folder, *_):
        for locked in (folder, tmp_path / "config"):
            assert (locked / ".lock").is_file()
        went.append(folder)

    went = []
    monkeypatch.setattr("kerasgen.serving.versions.keep_latest", checked)
    export("--stable", 1, "--keep", 1)
    assert went == [tmp_path / "gan"]
    assert not (tmp_path / "config" / ".lock").exists()


def test_versions_that_an_older_file_lists(tmp_path):
    file = tmp_path / models_config.FILE
    file.write_text(
        "model_version_policy { specific { versions: 3 versions: 5 } }\n"
        'version_labels { key: "stable" value: 3 }\n'
    )
    assert models_config.named_versions(tmp_path) == {3, 5}
    file.write_text(models_config.text(tmp_path, "it", 7, 8))
    assert models_config.named_versions(tmp_path) == {3, 5, 7, 8}
    assert models_config.labels(tmp_path) == {"stable": 7, "canary": 8}


@pytest.mark.parametrize(
    "edited",
    [
        'version_labels { key: "stable"\n value: 3 }',
        'version_labels {key:"stable",value:3}',
        "version_labels < key: 'stable'; value : 3 >",
        'version_labels: [{ key: "stable" value: 3 }]',
        '# key: "stable" value: 9\n  # version_labels {\n'
        'version_labels { key: "stable" value: 3 } # key: "x" value: 9',
        'base_path: "/ä#b" version_labels { key: "stable" value: 3 }',
    ],
)
def test_labels_in_a_file_of_another_layout(edited, tmp_path):
    file = tmp_path / models_config.FILE
    versions = "model_version_policy { specific { versions: [1, 2] } }\n"
    file.write_text(versions + edited, encoding="utf-8")
    assert models_config.labels(tmp_path) == {"stable": 3}
    assert models_config.named_versions(tmp_path) == {1, 2, 3}
    assert stable_version(tmp_path, [1, 2, 3, 4]) == 3


@pytest.mark.parametrize(
    "edited",
    [
        'version_labels { value: 3 key: "stable" }',
        'version_labels { key: "stable" }',
        'version_labels { key: "stable" value: three }',
    ],
)
def test_labels_that_cannot_be_read(edited, tmp_path):
    """They are not taken for none: their versions would be deleted."""
    (tmp_path / models_config.FILE).write_text(edited)
    for read in (
        models_config.labels,
        models_config.named_versions,
        lambda folder: models_config.text(folder, "it", 1, 2),
    ):
        with pytest.raises(ValueError, match=r"models.config has labels that"):
            read(tmp_path)


def test_no_file(tmp_path):
    assert models_config.labels(tmp_path) == {}
    assert models_config.named_versions(tmp_path) == set()
