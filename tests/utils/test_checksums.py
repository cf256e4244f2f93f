"""Seals tell every kind of damage, and readers of zip files from nothing."""

import random
import zipfile

import pytest

from kerasgen.utils import checksums


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "it.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("name", random.Random(0).randbytes(3000))
    return path


def test_only_sealed_files_are(path):
    assert not checksums.has_valid_checksum(path)
    checksums.add_checksum(path)
    assert checksums.has_valid_checksum(path)
    checksums.add_checksum(path)
    assert checksums.has_valid_checksum(path)


def test_a_sealed_file_is_read_as_before(path):
    before = zipfile.ZipFile(path).read("name")
    checksums.add_checksum(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.read("name") == before


def test_any_changed_byte_is_told(path):
    checksums.add_checksum(path)
    whole = path.read_bytes()
    generator = random.Random(0)
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= generator.randrange(1, 256)
        path.write_bytes(changed)
        assert not checksums.has_valid_checksum(path), place


def test_any_missing_or_further_byte_is_told(path):
    checksums.add_checksum(path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert not checksums.has_valid_checksum(path), length
    path.write_bytes(whole + b"\0")
    assert not checksums.has_valid_checksum(path)


def test_files_larger_than_what_is_read_at_once(path, monkeypatch):
    monkeypatch.setattr(checksums, "_CHUNK", 100)
    checksums.add_checksum(path)
    monkeypatch.undo()
    assert checksums.has_valid_checksum(path)
