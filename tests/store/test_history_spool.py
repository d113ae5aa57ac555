"""Rows of the history outlive the process that could not bring them to the database."""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from deskwatch.core.changes import Change
from deskwatch.core.foreseen import Foreseen, Shown
from deskwatch.store import history, history_spool
from deskwatch.store.database import transaction
from deskwatch.store.errors import StoreError
from deskwatch.store.history import History
from tests.store.postgresql import postgresql_url

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
NOWHERE = Shown(None, None)


class Desk:
    """A history, and the files its successors will find."""

    def __init__(self, folder: Path, where: str | None = None) -> None:
        self.database, self.spool = folder / "deskwatch.db", folder / "history.spool"
        self.where = where or self.database
        self.files: dict[str, Shown] = {}
        self.history = History(self.where, self.spool)

    def foresee(self, *fields: str, before: Mapping[str, str | None] | None = None) -> Foreseen:
        rows = [change(field) for field in fields]
        foreseen = self.history.foresee(rows, now=NOW, before=before or {}, after={})
        assert foreseen is not None
        return foreseen

    def happens(self, field: str) -> None:
        foreseen = self.foresee(field)
        self.history.settle(foreseen, foreseen.changes)

    def killed(self) -> list[str]:
        """The next watcher starts; the fields that are in the history then."""
        self.end()
        self.history = History(self.where, self.spool)
        self.history.recover(lambda key: self.files.get(key, NOWHERE))
        return self.kept()

    def end(self) -> None:
        """What the system does for a process that died: its connections end, nothing else is written."""
        if self.history._engine is not None:
            self.history._engine.dispose()

    def kept(self) -> list[str]:
        try:
            return [each.field for each in self.history.of_ticket("demo-12")]
        except StoreError:
            return []


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.end()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, None if request.param == "sqlite" else postgresql_url())
    yield desk
    desk.end()


def change(field: str, *, new: str = "b \ud83d\0") -> Change:
    return Change(at=NOW, ticket="demo-12", field=field, old="a", new=new, by="demo", cause="read")


def test_what_was_about_to_happen_is_kept_when_the_ticket_shows_it_and_else_is_not(desk: Desk) -> None:
    desk.foresee("agent", before={"demo-12": "was"})
    desk.files["demo-12"] = Shown("was", None)
    assert desk.killed() == []
    desk.foresee("status", before={"demo-12": "was"})
    desk.files["demo-12"] = Shown("is", None)
    assert desk.killed() == ["status"]
    assert desk.killed() == ["status"]
    assert desk.spool.read_bytes() == b""


def test_half_a_line_is_ignored_aloud_and_the_next_one_is_whole(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.foresee("agent")
    desk.foresee("status")
    torn = desk.spool.read_bytes()[:-9]
    desk.spool.write_bytes(torn + b"\0" * 3)
    assert desk.killed() == ["agent"]
    assert "history.spool ends in half a line" in caplog.text
    desk.foresee("phase")
    assert desk.killed() == ["agent", "phase"]


def test_spoilt_lines_cost_only_themselves(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.foresee("agent")
    whole = desk.spool.read_bytes()
    nested = b"[" * 100_000
    desk.spool.write_bytes(b'{"batch": 1, "changes": [{}]}\n' + nested + b"\n[]\n\xff\n" + whole)
    assert desk.killed() == ["agent"]
    assert "4 lines cannot be read" in caplog.text


@pytest.mark.parametrize(
    ("odd", "other"),
    [
        ({"at": "0001-01-01T00:00:00+14:00"}, {}),
        ({"at": "9999-12-31T23:00:00-14:00"}, {}),
        ({"batch": "a\0"}, {"batch": "a\ufffd"}),
        ({"batch": "\ud800"}, {"batch": "\ud801"}),
    ],
)
def test_a_spoilt_line_that_no_database_takes_does_not_hold_up_the_history_for_ever(
    desk: Desk, caplog: pytest.LogCaptureFixture, odd: dict[str, str], other: dict[str, str]
) -> None:
    desk.foresee("agent")
    whole = json.loads(desk.spool.read_bytes())
    desk.spool.write_text("".join(json.dumps(line) + "\n" for line in (whole | odd, whole | other)))
    desk.killed()
    desk.foresee("status")
    assert desk.killed()[-1:] == ["status"]
    assert "cannot be read and are left out" in caplog.text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_in_the_place_of_the_spool_stops_nobody(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    os.mkfifo(desk.spool)
    assert desk.killed() == []
    desk.happens("agent")
    assert desk.history.flush() == 1
    assert "is no plain file; move it away" in caplog.text


def test_a_database_that_is_away_for_days_and_kills_meanwhile_cost_nothing(desk: Desk) -> None:
    desk.database.mkdir()
    for field in ("agent", "status", "phase"):
        desk.happens(field)
        assert desk.history.flush() == 0
        assert desk.killed() == []
    desk.database.rmdir()
    assert desk.killed() == ["agent", "status", "phase"]


def test_a_commit_whose_answer_was_lost_is_not_repeated(
    any_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = any_desk

    class Lost:
        """The commit arrives, its answer does not."""

        def __init__(self, engine: Engine) -> None:
            self.inner = transaction(engine)

        def __enter__(self) -> object:
            return self.inner.__enter__()

        def __exit__(self, *error: object) -> None:
            self.inner.__exit__(None, None, None)
            raise StoreError("the connection is gone")

    desk.happens("agent")
    with monkeypatch.context() as patch:
        patch.setattr(history, "transaction", Lost)
        assert desk.history.flush() == 0
    desk.history.flush()
    assert desk.kept() == ["agent"]
    assert desk.killed() == ["agent"]


def test_a_full_disk_delays_nothing_is_told_once_and_is_got_over(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    desk.foresee("agent")
    write, left = os.write, [20]

    def fills(fd: int, data: bytes) -> int:
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "full")
        done = write(fd, bytes(data[: left[0]]))
        left[0] -= done
        return done

    with monkeypatch.context() as patch:
        patch.setattr("deskwatch.store.history_spool.os.write", fills)
        for field in ("status", "phase"):
            desk.happens(field)
    assert caplog.text.count("the disk is full") == 1
    desk.foresee("group")
    assert "is written again" in caplog.text
    assert desk.killed() == ["agent", "group"], "the rows between were in memory only"


def test_a_link_is_not_written_through(desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    desk.spool.symlink_to(victim)
    desk.happens("agent")
    assert desk.history.flush() == 1
    assert victim.read_text() == "keep me"
    assert "could now cost rows" in caplog.text


def test_the_spool_ends_somewhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(history_spool, "FULL", 2000)
    desk.database.mkdir()
    for _ in range(30):
        desk.foresee("subject")
    assert desk.spool.stat().st_size <= 2000
    assert "mend the database" in caplog.text


def test_a_state_folder_that_is_deleted_meanwhile_is_written_anew(desk: Desk) -> None:
    desk.foresee("agent")
    desk.spool.unlink()
    desk.foresee("status")
    assert desk.killed() == ["status"]


def test_a_quiet_tick_and_a_kept_history_leave_nothing_in_the_spool(desk: Desk) -> None:
    assert desk.history.foresee([], now=NOW, before={}, after={}) is None
    assert not desk.spool.exists()
    desk.happens("agent")
    assert desk.history.flush() == 1
    assert desk.spool.stat().st_size == 0
    assert desk.history.prune(NOW + timedelta(days=1)) == 1
