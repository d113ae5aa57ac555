"""A heartbeat is read whatever lies there, and written so that nobody reads half of it."""

import os

import pytest

from deskwatch.store.heartbeat import read_heartbeat, write_heartbeat
from deskwatch.store.staging import own_name


def test_the_last_beat_is_read(tmp_path):
    path = tmp_path / "watcher.json"
    write_heartbeat(path, {"schema": 1, "process": "watcher", "sources": {"desk": {"tickets": 3}}})
    write_heartbeat(path, {"schema": 1, "process": "watcher", "sources": {"desk": {"tickets": 4}}})
    assert read_heartbeat(path)["sources"] == {"desk": {"tickets": 4}}
    assert path.stat().st_mode & 0o777 == 0o640


def test_odd_words_of_a_helpdesk_do_not_stop_the_heart(tmp_path):
    path = tmp_path / "watcher.json"
    write_heartbeat(path, {"words": "\ud83d", "seconds": float("nan")})
    assert read_heartbeat(path) == {"words": "\ufffd", "seconds": None}


def test_the_first_beat_of_a_process_clears_away_what_a_killed_one_left(tmp_path):
    litter = tmp_path / ".staging" / own_name().replace(f"-{os.getpid()}-", f"-{2**22 + 1}-")
    foreign = tmp_path / ".staging" / ".watcher.json.swp"
    litter.parent.mkdir()
    litter.touch()
    foreign.touch()
    write_heartbeat(tmp_path / "watcher.json", {})
    assert list(litter.parent.iterdir()) == [foreign]


def test_no_heartbeat_is_none(tmp_path):
    assert read_heartbeat(tmp_path / "none.json") is None
    assert read_heartbeat(tmp_path / "none" / "none.json") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"1" * 5000])
def test_nonsense_is_none(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    assert read_heartbeat(tmp_path / "a.json") is None


def test_what_is_no_file_is_none_and_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 30)
    assert [read_heartbeat(path) for path in (tmp_path, *tmp_path.iterdir())] == [None] * 4
