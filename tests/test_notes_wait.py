"""A note for a helpdesk waits while that helpdesk is to be left alone, whoever wants that."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deskwatch.demo import faults
from deskwatch.local.inbox import Inbox
from tests.test_write_back import breached, notes
from tests.watch_desk import WatchDesk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[WatchDesk, int]]:
    """A helpdesk that takes notes, beside tickets of our own."""
    with breached(tmp_path, priority=False, note=True) as (watch, id_):
        path = watch.home.config / "sources.yaml"
        sources = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps({**sources, "own": {"kind": "local"}}), "utf-8")
        watch.start()
        yield watch.run(seconds=5), id_


def say(watch: WatchDesk, id_: int, text: str) -> None:
    """Somebody leaves a note."""
    inbox = Inbox(watch.home.tickets / ".inbox")
    inbox.drop({"op": "note", "id": f"fs-{id_}", "by": "ana", "text": text})


def test_an_admins_pause_keeps_notes_waiting_too(desk: tuple[WatchDesk, int]) -> None:
    watch, id_ = desk
    path = watch.home.config / "deskwatch.yaml"
    usual = path.read_text("utf-8")
    said = json.loads(usual)
    said["watcher"]["pause_until"] = "2999-01-01"
    path.write_text(json.dumps(said), "utf-8")
    assert watch.live.refresh(now_please=True), watch.live.problems
    watch.poll()
    before = len(watch.desk.log.of())
    say(watch, id_, "The cable is ordered.")
    watch.run(seconds=40)
    assert len(watch.desk.log.of()) == before
    path.write_text(usual, "utf-8")
    assert watch.live.refresh(now_please=True), watch.live.problems
    watch.run(seconds=80)
    assert len(notes(watch, id_)) == 1


def test_a_helpdesk_that_asks_for_a_pause_over_a_note_gets_it(desk: tuple[WatchDesk, int]) -> None:
    watch, id_ = desk
    watch.desk.faults.add("note", faults.rate_limited("100"))
    say(watch, id_, "The cable is ordered.")
    watch.run(seconds=3)
    before = len(watch.desk.log.of())
    say(watch, id_, "It is here.")
    watch.run(seconds=90)
    assert len(watch.desk.log.of()) == before
    watch.run(minutes=2)
    assert len(notes(watch, id_)) == 2
