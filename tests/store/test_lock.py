"""Only one watcher may write a folder; the second says who holds it, and a killed one holds nothing."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deskwatch.errors import LockHeldError
from deskwatch.store.errors import StoreError
from deskwatch.store.lock import OneOf

HOLDER = """
import sys, threading
from pathlib import Path
from deskwatch.store.lock import OneOf
with OneOf(Path(sys.argv[1])):
    print("held", flush=True)
    threading.Event().wait(60)
"""


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLDER, tmp_path / "watcher.lock"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_the_second_is_told_who_holds_the_lock(tmp_path, holder):
    with pytest.raises(LockHeldError) as refused, OneOf(tmp_path / "watcher.lock"):
        pass
    assert f"process {holder.pid} on {socket.gethostname()}" in str(refused.value)
    assert "watcher.lock" in str(refused.value)


def test_a_holder_that_was_killed_holds_nothing(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait(10)
    with OneOf(tmp_path / "watcher.lock"):
        assert str(os.getpid()) in (tmp_path / "watcher.lock").read_text()


def test_the_lock_is_free_again_after_the_block(tmp_path):
    for _ in range(2):
        with OneOf(tmp_path / "state" / "watcher.lock"):
            pass


def test_two_locks_in_one_process_exclude_each_other_too(tmp_path):
    with OneOf(tmp_path / "a.lock"), pytest.raises(LockHeldError), OneOf(tmp_path / "a.lock"):
        pass


def test_a_holder_that_did_not_say_its_name_is_no_problem(tmp_path):
    with OneOf(tmp_path / "a.lock"):
        os.truncate(tmp_path / "a.lock", 0)
        with pytest.raises(LockHeldError, match="has not said its number"), OneOf(tmp_path / "a.lock"):
            pass


def test_a_lock_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "victim").write_text("keep")
    (tmp_path / "a.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(StoreError, match=r"cannot lock .*a\.lock"), OneOf(tmp_path / "a.lock"):
        pass
    assert (tmp_path / "victim").read_text() == "keep"


@pytest.mark.skipif(os.name == "nt", reason="there is no limit that would play the full disk")
def test_a_full_disk_neither_keeps_the_lock_from_working_nor_holds_it_for_ever(tmp_path):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with OneOf(tmp_path / "a.lock"):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    with OneOf(tmp_path / "a.lock"):
        assert str(os.getpid()) in (tmp_path / "a.lock").read_text()
