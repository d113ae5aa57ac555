import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from deskwatch.clock import monotonic
from deskwatch.pager.standby import Understudy
from deskwatch.store.database import open_database
from deskwatch.store.heartbeat import read_heartbeat
from tests.store.postgresql import postgresql_url

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOLDER = """
import sys
from pathlib import Path
from deskwatch.store.lock import OneOf
with OneOf(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


class Actor:
    """A notifier that only counts."""

    def __init__(self, made_at: datetime) -> None:
        self.made_at, self.ticks, self.closed = made_at, 0, False

    def tick(self, now: datetime) -> float:
        self.ticks += 1
        return 5.0

    def wait(self, timeout: float) -> None: ...

    def kick(self) -> None: ...

    def close(self, now: datetime) -> None:
        self.closed = True


def understudy(state: Path) -> Understudy:
    return Understudy(state, Actor, database=state / "deskwatch.db")


def test_the_first_one_works_at_once(tmp_path: Path) -> None:
    first = understudy(tmp_path)
    assert first.tick(NINE) == 5.0
    assert isinstance(first.performer, Actor)
    first.close(NINE)


def test_the_second_one_waits_and_takes_over_when_the_first_stops(tmp_path: Path) -> None:
    first, second = understudy(tmp_path), understudy(tmp_path)
    first.tick(NINE)
    assert second.tick(NINE) <= 1.0
    assert second.performer is None
    first.close(NINE)
    later = NINE + timedelta(seconds=1)
    assert second.tick(later) == 5.0
    assert isinstance(second.performer, Actor)
    assert second.performer.made_at == later, "it is built then, and reads what the first one left"
    second.close(later)


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_the_second_one_takes_over_after_kill_9(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "notifier.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        second = understudy(tmp_path)
        second.tick(NINE)
        assert second.performer is None
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
    assert second.tick(NINE) == 5.0
    second.close(NINE)


def test_who_waits_says_so_in_a_file_of_its_own_and_leaves_the_heartbeat_alone(tmp_path: Path) -> None:
    first, second = understudy(tmp_path), understudy(tmp_path)
    first.tick(NINE)
    (tmp_path / "notifier.json").write_text(json.dumps({"beat_at": "the first one's"}))
    second.tick(NINE)
    assert read_heartbeat(tmp_path / "notifier.json") == {"beat_at": "the first one's"}
    told = read_heartbeat(tmp_path / "notifier-standby.json")
    assert told is not None
    assert told["standby"] is True
    first.close(NINE)
    second.tick(NINE)
    assert read_heartbeat(tmp_path / "notifier-standby.json") is None
    second.close(NINE)


def test_a_kick_ends_the_wait_of_an_understudy(tmp_path: Path) -> None:
    second = understudy(tmp_path)
    second.kick()
    began = monotonic()
    second.wait(20)
    assert monotonic() - began < 10


def test_a_notifier_that_cannot_be_built_leaves_the_place_free(tmp_path: Path) -> None:
    def fails(_now: datetime) -> Actor:
        raise OSError("the database cannot be opened")

    broken = Understudy(tmp_path, fails, database=tmp_path / "deskwatch.db")
    with pytest.raises(OSError, match="database"):
        broken.tick(NINE)
    first = understudy(tmp_path)
    assert first.tick(NINE) == 5.0
    first.close(NINE)


def in_the_same_database(folder: Path, url: str) -> Understudy:
    folder.mkdir(exist_ok=True)
    return Understudy(folder, Actor, database=url)


def end_the_sessions_that_hold_locks(url: str) -> None:
    """As a server does that is started again."""
    engine = open_database(url)
    with engine.begin() as connection:
        holders = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        connection.execute(text(holders))
    engine.dispose()


def test_one_whose_session_was_ended_gives_way_to_the_one_that_took_over(tmp_path: Path) -> None:
    url = postgresql_url()
    first, second = (in_the_same_database(tmp_path / name, url) for name in ("a", "b"))
    first.tick(NINE)
    second.tick(NINE)
    worker = first.performer
    assert isinstance(worker, Actor)
    assert second.performer is None
    end_the_sessions_that_hold_locks(url)
    assert second.tick(NINE) == 5.0
    ticks = worker.ticks
    assert first.tick(NINE) <= 1.0
    assert (first.performer, worker.ticks, worker.closed) == (None, ticks, True)
    second.close(NINE)
    assert first.tick(NINE) == 5.0
    first.close(NINE)


def test_one_whose_session_was_ended_reads_everything_again_when_nobody_took_over(tmp_path: Path) -> None:
    url = postgresql_url()
    first = in_the_same_database(tmp_path, url)
    first.tick(NINE)
    before = first.performer
    first.tick(NINE)
    assert first.performer is before
    end_the_sessions_that_hold_locks(url)
    first.tick(NINE)
    assert first.performer is not None
    assert first.performer is not before
    first.close(NINE)
