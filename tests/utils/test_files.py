import shutil

import pytest

from kerasgen.utils import files


def test_writes_whole(tmp_path):
    files.write_json(tmp_path / "new" / "it.json", {"a": [1, 2]})
    assert files.read_json(tmp_path / "new" / "it.json") == {"a": [1, 2]}
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["it.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_json_is_named(tmp_path, content):
    (tmp_path / "it.json").write_bytes(content)
    with pytest.raises(ValueError, match="it.json is damaged, and no JSON"):
        files.read_json(tmp_path / "it.json")


def test_failure_leaves_the_old_and_no_rest(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="full"):
        with files.atomic_path(path) as scratch:
            scratch.write_text("half")
            raise RuntimeError("disk full")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_scratch_is_a_hidden_neighbour_with_the_same_name(tmp_path):
    with files.atomic_path(tmp_path / "model.keras") as scratch:
        assert scratch.name == "model.keras"
        assert scratch.parent.parent == tmp_path
        assert scratch.parent.name.startswith(".")
        scratch.write_text("it")


def test_folders_are_replaced_whole(tmp_path):
    with files.atomic_path(tmp_path / "1") as scratch:
        (scratch / "variables").mkdir(parents=True)
        (scratch / "variables" / "data").write_text("weights")
        assert not (tmp_path / "1").exists()
    assert (tmp_path / "1" / "variables" / "data").read_text() == "weights"


def test_folders_of_the_killed_go(tmp_path):
    with files.atomic_path(tmp_path / "it") as scratch:
        scratch.write_text("it")
        files.remove_stale(tmp_path)
        assert scratch.exists()
        kept = tmp_path / "kept"
        shutil.copytree(scratch.parent, kept)
    # Its owner is gone, and with it the lock.
    kept.rename(scratch.parent)
    files.remove_stale(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


def test_folders_go_at_once(tmp_path, monkeypatch):
    folder = tmp_path / "1"
    (folder / "variables").mkdir(parents=True)

    def rmtree(path):
        assert not folder.exists()
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", rmtree)
        with pytest.raises(OSError, match="killed"):
            files.remove_folder(folder)
    files.remove_folder(folder)
    files.remove_stale(tmp_path)
    assert not list(tmp_path.iterdir())
