"""A reader sees the old file or the new one, whatever happens to the writer or the disk."""

import os
import re
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.clock import utc_now
from deskwatch.store.atomic import FEW, replace_patiently, write_atomic, write_many
from deskwatch.store.errors import StoreError
from deskwatch.store.staging import clear_staging, own_name

PACKAGE = Path(__file__).parents[2] / "deskwatch"


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a.json"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".staging", "a.json"]
    assert list((tmp_path / ".staging").iterdir()) == []


def test_the_group_may_read_and_others_may_not_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        write_atomic(tmp_path / "a.json", b"x")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "a.json") == 0o640
    write_atomic(tmp_path / "b.json", b"x", mode=0o600)
    assert mode_of(tmp_path / "b.json") == 0o600
    before = os.umask(0)
    try:
        write_atomic(tmp_path / "c.json", b"x", staging=tmp_path / "stage")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "stage") == 0o750


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 50])
def test_many_files_are_written_like_one(tmp_path, count):
    files = {tmp_path / f"{n}.json": b"%d" % n for n in range(count)}
    write_many(files, staging=tmp_path / ".staging")
    assert {path: path.read_bytes() for path in tmp_path.glob("*.json")} == files
    assert list((tmp_path / ".staging").iterdir()) == []


def test_a_file_larger_than_one_write_arrives_whole(tmp_path):
    data = os.urandom(3_000_000)
    write_atomic(tmp_path / "a.json", data)
    assert (tmp_path / "a.json").read_bytes() == data


def test_a_folder_in_the_way_of_one_file_does_not_hold_up_the_others(tmp_path):
    (tmp_path / "2.json").mkdir()
    files = {tmp_path / f"{n}.json": b"x" for n in range(4)}
    with pytest.raises(StoreError, match=r"2\.json: a folder has the name of a file"):
        write_many(files, staging=tmp_path / ".staging")
    assert sorted(p.name for p in tmp_path.glob("*.json") if p.is_file()) == ["0.json", "1.json", "3.json"]
    assert list((tmp_path / ".staging").iterdir()) == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from deskwatch.store.atomic import write_many
from deskwatch.store.errors import StoreError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
folder, count = Path(sys.argv[1]), int(sys.argv[2])
try:
    write_many({folder / f"{n}.json": b"new" * 1000 for n in range(count)}, staging=folder / ".staging")
except StoreError as problem:
    print(problem)
"""


@pytest.mark.parametrize("count", [1, 20])
def test_a_disk_that_takes_no_more_bytes_damages_no_file(tmp_path, count):
    """A limit on the size of files makes the kernel refuse in the middle of a write, as a full disk does."""
    for n in range(count):
        (tmp_path / f"{n}.json").write_bytes(b"old")
    command = [sys.executable, "-c", FULL_DISK, tmp_path, str(count)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=PACKAGE.parent)
    assert told.stdout.startswith(f"cannot write {tmp_path}"), told.stderr
    assert {path.read_bytes() for path in tmp_path.glob("*.json")} == {b"old"}
    assert list((tmp_path / ".staging").iterdir()) == []


def test_a_full_disk_is_named_with_its_mend(tmp_path):
    problem = StoreError.of("write", tmp_path / "a.json", OSError(28, "No space left on device"))
    assert str(problem) == (
        f"cannot write {tmp_path}/a.json: the disk is full (or out of inodes); free some space there"
    )


def test_staging_that_is_a_link_is_refused(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".staging").symlink_to(elsewhere)
    with pytest.raises(StoreError, match="symbolic link"):
        write_atomic(tmp_path / "a.json", b"x")
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_place_of_the_target_is_replaced_and_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"keep")
    (tmp_path / "a.json").symlink_to(victim)
    write_atomic(tmp_path / "a.json", b"x")
    assert victim.read_bytes() == b"keep"
    assert not (tmp_path / "a.json").is_symlink()


class BusyTarget:
    """A rename that a reader on Windows blocks some times, and remembers how often it was asked."""

    def __init__(self, times):
        self.times = times
        self.asked = 0

    def __call__(self, source, target):
        self.asked += 1
        if self.asked <= self.times:
            raise PermissionError(13, "in use")


def test_a_target_in_use_is_tried_again_for_a_while():
    busy = BusyTarget(times=3)
    replace_patiently("a", Path("b"), patience=1.0, replace=busy)
    assert busy.asked == 4


def test_a_target_in_use_for_ever_is_given_up():
    busy = BusyTarget(times=1000)
    with pytest.raises(PermissionError):
        replace_patiently("a", Path("b"), patience=0.1, replace=busy)
    assert 3 <= busy.asked <= 6


def test_outside_windows_a_refusal_is_final():
    busy = BusyTarget(times=1)
    with pytest.raises(PermissionError):
        replace_patiently("a", Path("b"), patience=0.0, replace=busy)
    assert busy.asked == 1


def test_leftovers_of_dead_writers_are_removed_and_nothing_else(tmp_path):
    host, _, born, _ = own_name().removeprefix("dw-").split("-")
    ours = own_name()
    dead = f"dw-{host}-{2**22 + 1}-5-abc.part"
    reborn = f"dw-{host}-{os.getpid()}-{int(born) - 1}-abc.part"
    foreign_new, foreign_old = "dw-00000000-1-5-abc.part", "dw-00000000-1-5-def.part"
    strangers = [".a.json.swp", "report.tmp", "dw-x.part", ".nfs0001", f"{dead}.txt"]
    for name in [ours, dead, reborn, foreign_new, foreign_old, *strangers]:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / f"dw-{host}-1-5-fed.part").mkdir()
    an_hour_ago = (utc_now() - timedelta(minutes=61)).timestamp()
    os.utime(tmp_path / foreign_old, (an_hour_ago, an_hour_ago))
    assert clear_staging(tmp_path, now=utc_now()) == 3
    kept = {p.name for p in tmp_path.iterdir() if p.is_file()}
    assert kept == {ours, foreign_new, *strangers}


def test_clearing_a_folder_that_is_not_there_is_no_problem(tmp_path):
    assert clear_staging(tmp_path / "none", now=utc_now()) == 0


@pytest.mark.parametrize("count", [1, 100])
def test_files_of_the_process_are_closed_again(tmp_path, count):
    before = len(os.listdir("/dev/fd"))
    write_many({tmp_path / f"{n}": b"x" for n in range(count)}, staging=tmp_path / ".staging")
    assert len(os.listdir("/dev/fd")) == before


def test_nothing_in_the_package_writes_a_file_in_place():
    # mode "x" is fine: it only ever makes a file that was not there, for whoever typed the command
    in_place = re.compile(r"""\.write_(?:text|bytes)\(|\bopen\([^)]*["'][rbt]*[wa+][rwabt+]*["']|O_TRUNC""")
    found = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in PACKAGE.rglob("*.py")
        if path.name != "schema.py"  # a command for developers, which writes config/schema/
        and path != PACKAGE / "channels/file.py"  # a trail, which is only added to
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if in_place.search(line)
    ]
    assert found == [], "use deskwatch.store.atomic.write_atomic"
