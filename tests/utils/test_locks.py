"""A folder is one process's, and a killed process leaves no lock."""

import contextlib
import errno
import gc
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from kerasgen.utils import locks
from kerasgen.utils.locks import FolderLock

pytest.importorskip("fcntl")

HOLD = """
import sys, time
import importlib.util
spec = importlib.util.spec_from_file_location("locks", sys.argv[2])
locks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(locks)
lock = locks.FolderLock(sys.argv[1], "a training")
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


@contextlib.contextmanager
def holder(folder):
    """Another process, which has the lock of a folder until it is killed."""
    words = [sys.executable, "-c", HOLD, str(folder), locks.__file__]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_second_is_told_who_is_first(tmp_path):
    with holder(tmp_path / "run") as process:
        with pytest.raises(BlockingIOError) as error:
            FolderLock(tmp_path / "run", "an export").acquire()
    message = str(error.value)
    assert f"process {process.pid} on {os.uname().nodename} " in message
    assert "for a training" in message
    assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", message)
    assert str(tmp_path / "run") in message


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_process_leaves_no_lock(tmp_path, number):
    with holder(tmp_path / "run") as process:
        process.send_signal(number)
        process.wait()
    with FolderLock(tmp_path / "run", "a training"):
        held = (tmp_path / "run" / locks.FILE).read_text()
        assert f'"pid": {os.getpid()},' in held
    assert list((tmp_path / "run").iterdir()) == []


def test_of_many_at_once_one_has_it(tmp_path):
    """Also while locks come and go, and their files with them."""
    words = """
import os
times = 0
while times < 50:
    try:
        with locks.FolderLock(sys.argv[1], "a race"):
            mark = sys.argv[1] + "/mark"
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            os.unlink(mark)
            times += 1
    except BlockingIOError:
        pass
"""
    program = HOLD[: HOLD.index("lock = ")] + words
    (tmp_path / "run").mkdir()
    words = [sys.executable, "-c", program, str(tmp_path / "run")]
    words.append(locks.__file__)
    racers = [subprocess.Popen(words) for _ in range(4)]
    # A mark that is there already is an error.
    assert [racer.wait(60) for racer in racers] == [0] * 4
    assert list((tmp_path / "run").iterdir()) == []


def test_one_process_may_have_it_twice(tmp_path):
    first, second = (FolderLock(tmp_path, "a training") for _ in range(2))
    first.acquire()
    second.acquire()
    second.acquire()
    first.release()
    assert (tmp_path / locks.FILE).exists()
    second.release()
    second.release()
    assert list(tmp_path.iterdir()) == []


def test_another_s_lock_stays(tmp_path):
    """The folder was moved away meanwhile, and another is in its place."""
    folder = tmp_path / "run"
    with FolderLock(folder, "a training"):
        folder.rename(tmp_path / "moved")
        folder.mkdir()
        (folder / locks.FILE).write_text("another's")
    assert (folder / locks.FILE).read_text() == "another's"


def test_where_there_are_no_locks(tmp_path, monkeypatch):
    """An open file would keep Windows from renaming its folder."""
    monkeypatch.setattr(locks, "fcntl", None)
    for folder in (tmp_path / "new", tmp_path):
        with FolderLock(folder, "a training"):
            assert folder.is_dir()
            assert not list(folder.iterdir())
    assert not list(tmp_path.iterdir())


def test_a_forgotten_lock_ends(tmp_path):
    FolderLock(tmp_path, "a training").acquire()
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_child_has_no_lock_of_its_parent(tmp_path):
    with FolderLock(tmp_path, "a training"):
        child = os.fork()
        if not child:
            status = 1
            try:
                FolderLock(tmp_path, "a training").acquire()
            except BlockingIOError:
                status = 0
            os._exit(status)
        deadline = time.monotonic() + 30
        while (done := os.waitpid(child, os.WNOHANG)) == (0, 0):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert done == (child, 0)
        assert (tmp_path / locks.FILE).exists()


def test_a_new_folder_that_stays_empty_goes(tmp_path):
    with FolderLock(tmp_path / "new", "a training"):
        pass
    assert not (tmp_path / "new").exists()
    with pytest.raises(KeyError):
        with FolderLock(tmp_path / "new", "a training"):
            (tmp_path / "new" / "it").write_text("")
            raise KeyError
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["it"]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OSError, match="cannot be written to") as error:
        FolderLock(tmp_path, "a training").acquire()
    assert os.strerror(number) in str(error.value)


def test_a_link_in_its_place_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("mine")
    (tmp_path / locks.FILE).symlink_to("precious")
    with pytest.raises(OSError, match="cannot be written to"):
        FolderLock(tmp_path, "a training").acquire()
    assert (tmp_path / "precious").read_text() == "mine"
