"""What is written into a helpdesk is written once, whatever happens on the way, and reading never suffers."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch.demo import faults
from deskwatch.demo.answers import Answer
from deskwatch.demo.delivery import Reset
from deskwatch.demo.faults import Fault
from deskwatch.local.inbox import Inbox
from deskwatch.sources.source import SourceError
from deskwatch.sources.write_back import CodeReusedError
from deskwatch.store.errors import StoreError
from deskwatch.write_back import WriteBack
from deskwatch.write_ledger import Entry, Ledger
from tests.watch_desk import WatchDesk, watch_desk

MEDIUM, HIGH, URGENT = 2, 3, 4
SLA = {"escalate": {"on_breach": True, "up_to": "high"}}


def lost_answer() -> Fault:
    """The helpdesk obeys, and its answer gets lost."""
    return Fault(name="lost answer", spoil=lambda answer: replace(answer, delivery=Reset()))


def lost_call() -> Fault:
    """The connection breaks before the helpdesk heard anything."""
    return Fault(name="lost call", spoil=lambda _: Answer(data={}, delivery=Reset()), replaces=True)


class Killed(BaseException):
    """The process is gone, at once."""


@contextmanager
def breached(
    home: Path, *, mode: str = "live", product: str = "freshservice", **allowed: bool
) -> Iterator[tuple[WatchDesk, int]]:
    """A ticket of medium priority that is due in a minute, known to the watcher."""
    with watch_desk(home, yaml={"write_back": {"priority": True, **allowed}}) as watch:
        watch.desk.switches.product = product  # type: ignore[assignment]
        now = watch.clock.now
        ticket = watch.desk.create_ticket(
            priority=MEDIUM, created_at=now - timedelta(hours=1), due_by=now + timedelta(minutes=1),
            fr_due_by=None,
        )  # fmt: skip
        watch.configure(write_back={"priority": True, **allowed})
        (watch.home.config / "sla.yaml").write_text(json.dumps(SLA), "utf-8")
        (watch.home.config / "alerts.yaml").write_text(json.dumps({"mode": mode}), "utf-8")
        watch.start()
        watch.run(seconds=20)
        yield watch, ticket.id


def miss_the_deadline(watch: WatchDesk) -> None:
    watch.clock.pass_(seconds=50)
    watch.run(seconds=40)


def notes(watch: WatchDesk, id_: int) -> list[str]:
    return [message.text for message in watch.desk.conversation(id_) if message.kind == "note"]


def priority(watch: WatchDesk, id_: int) -> int:
    return watch.desk.ticket(id_).priority


def writes_asked(watch: WatchDesk, method: str) -> int:
    return sum(record.method == method for record in watch.desk.log.of())


@pytest.mark.parametrize("product", ["freshservice", "freshdesk"])
def test_a_missed_deadline_raises_the_priority_in_the_helpdesk_too_and_says_why(
    tmp_path: Path, product: str
) -> None:
    with breached(tmp_path, product=product) as (watch, id_):
        assert priority(watch, id_) == MEDIUM
        miss_the_deadline(watch)
        assert priority(watch, id_) == HIGH
        (note,) = notes(watch, id_)
        assert note.startswith(
            "Deskwatch raised the priority from Medium to High: the resolution was due 2026-"
        )
        watch.run(minutes=8)
        assert (writes_asked(watch, "PUT"), len(notes(watch, id_))) == (1, 1)
        assert watch.ticket(id_).priority == "high"


def test_whoever_lowers_the_priority_again_is_not_contradicted(tmp_path: Path) -> None:
    with breached(tmp_path) as (watch, id_):
        miss_the_deadline(watch)
        watch.clock.pass_(minutes=5)
        watch.desk.change_priority(id_, MEDIUM)
        watch.run(minutes=8)
        watch.start()
        watch.run(minutes=8)
        assert (priority(watch, id_), len(notes(watch, id_))) == (MEDIUM, 1)


def test_whoever_lowers_it_before_we_read_it_again_is_not_contradicted_either(tmp_path: Path) -> None:
    with breached(tmp_path) as (watch, id_):
        due_by = watch.desk.ticket(id_).due_by
        watch.clock.pass_(seconds=50)
        while priority(watch, id_) == MEDIUM:
            watch.run(seconds=1)
        watch.desk.edit(id_, priority=MEDIUM, due_by=due_by)  # as overdue as before
        watch.start()
        watch.run(minutes=3)
        assert (priority(watch, id_), len(notes(watch, id_)), writes_asked(watch, "PUT")) == (MEDIUM, 1, 1)


def test_a_priority_that_somebody_raised_in_the_meantime_stays_theirs(tmp_path: Path) -> None:
    with breached(tmp_path) as (watch, id_):
        watch.desk.faults.add("list", faults.internal_error(), times=None)  # we do not hear of it
        watch.clock.pass_(seconds=50)
        watch.desk.change_priority(id_, URGENT)
        watch.desk.faults.clear()
        watch.run(minutes=10)
        assert (priority(watch, id_), notes(watch, id_), writes_asked(watch, "PUT")) == (URGENT, [], 0)


@pytest.mark.parametrize("arrived", [True, False], ids=["obeyed", "never arrived"])
@pytest.mark.parametrize("call", ["update", "note"])
def test_a_write_whose_answer_got_lost_is_looked_up_before_it_is_sent_again(
    tmp_path: Path, call: str, arrived: bool
) -> None:
    with breached(tmp_path) as (watch, id_):
        watch.desk.faults.add(call, lost_answer() if arrived else lost_call())
        miss_the_deadline(watch)
        assert len(notes(watch, id_)) == (1 if (call, arrived) == ("note", True) else 0)
        watch.run(minutes=5)
        assert (priority(watch, id_), len(notes(watch, id_))) == (HIGH, 1)
        assert writes_asked(watch, "PUT" if call == "update" else "POST") == (1 if arrived else 2)
        assert watch.beat()["writes"] == {"waiting": 0, "problem": ""}


def killing(method: Callable[..., None], *, first: bool) -> Callable[..., None]:
    def until_then(*arguments: Any, **named: Any) -> None:
        if not first:
            method(*arguments, **named)
        raise Killed

    return until_then


@pytest.mark.parametrize("first", [True, False], ids=["before it leaves", "after it arrived"])
@pytest.mark.parametrize("call", ["put_priority", "add_note"])
def test_a_watcher_that_is_killed_while_it_writes_never_says_a_thing_twice(
    tmp_path: Path, call: str, first: bool
) -> None:
    with breached(tmp_path) as (watch, id_):
        pen = watch.watcher._watched["fs"].source.pen  # type: ignore[attr-defined]
        setattr(pen, call, killing(getattr(pen, call), first=first))
        with pytest.raises(Killed):
            miss_the_deadline(watch)
        watch.start()
        watch.run(minutes=5)
        assert (priority(watch, id_), len(notes(watch, id_))) == (HIGH, 1)


def test_somebody_who_lowers_the_priority_while_our_answer_is_lost_is_not_contradicted(
    tmp_path: Path,
) -> None:
    with breached(tmp_path) as (watch, id_):
        watch.desk.faults.add("update", lost_answer())
        miss_the_deadline(watch)
        watch.desk.change_priority(id_, MEDIUM)
        watch.run(minutes=10)
        assert (priority(watch, id_), notes(watch, id_)) == (MEDIUM, [])


def test_a_rehearsal_writes_nothing_into_the_helpdesk(tmp_path: Path) -> None:
    with breached(tmp_path, mode="log") as (watch, id_):
        miss_the_deadline(watch)
        assert (priority(watch, id_), notes(watch, id_)) == (MEDIUM, [])
        assert (watch.beat()["state"], watch.beat()["writes"]["waiting"]) == ("ok", 0)
        assert "alerts.mode is log" in watch.beat()["writes"]["problem"]


def test_nothing_is_written_unless_it_is_allowed(tmp_path: Path) -> None:
    with breached(tmp_path) as (watch, id_):
        watch.configure()
        watch.start()
        miss_the_deadline(watch)
        assert (priority(watch, id_), writes_asked(watch, "PUT")) == (MEDIUM, 0)


def test_a_key_that_may_only_read_is_told_in_words_and_reading_goes_on(tmp_path: Path) -> None:
    with breached(tmp_path) as (watch, id_):
        watch.desk.switches.read_only = True
        miss_the_deadline(watch)
        assert "give that agent the right" in watch.beat()["writes"]["problem"]
        other = watch.desk.create_ticket("The door squeaks").id
        watch.run(minutes=5)
        assert str(other) in watch.tickets()
        assert watch.beat()["state"] == "ok"
        assert writes_asked(watch, "PUT") == 1
        watch.desk.switches.read_only = False
        watch.run(minutes=20)
        assert (priority(watch, id_), len(notes(watch, id_))) == (HIGH, 1)
        assert watch.beat()["writes"]["problem"] == ""


def test_a_helpdesk_that_asks_for_a_pause_while_we_write_gets_it(tmp_path: Path) -> None:
    with breached(tmp_path) as (watch, id_):
        watch.desk.faults.add("update", faults.rate_limited("100"))
        miss_the_deadline(watch)
        before = len(watch.desk.log.of())
        watch.run(seconds=50)
        assert len(watch.desk.log.of()) == before
        watch.run(minutes=5)
        assert (priority(watch, id_), len(notes(watch, id_))) == (HIGH, 1)


def test_a_ticket_that_is_gone_is_no_trouble(tmp_path: Path) -> None:
    with breached(tmp_path) as (watch, _):
        watch.desk.faults.add("update", faults.missing())
        miss_the_deadline(watch)
        watch.run(minutes=5)
        assert watch.beat()["writes"] == {"waiting": 0, "problem": ""}
        assert writes_asked(watch, "PUT") == 1


def writes_of(watch: WatchDesk) -> WriteBack:
    writes = watch.watcher.writes("fs")
    assert writes is not None
    return writes


def ask_for_a_note(watch: WatchDesk, id_: int) -> str:
    """Why there is no note yet, in one word; empty: it is there."""
    try:
        writes_of(watch).note(str(id_), "Cable <ordered>\nsee B", "ana", "note-7", now=watch.clock.wall())
    except SourceError as error:
        return error.kind
    return ""


@pytest.mark.parametrize("arrived", [True, False], ids=["obeyed", "never arrived"])
def test_a_note_of_a_person_is_there_once_however_often_it_is_asked_for(
    tmp_path: Path, arrived: bool
) -> None:
    with breached(tmp_path, note=True) as (watch, id_):
        watch.desk.faults.add("note", lost_answer() if arrived else lost_call())
        outcomes = []
        for _ in range(12):
            watch.start()
            outcomes.append(ask_for_a_note(watch.run(seconds=10), id_))
        assert outcomes[:3] == ["connection", "timeout", "timeout"]
        assert outcomes[-3:] == ["", "", ""]
        (said,) = [text for text in notes(watch, id_) if "Cable" in text]
        assert said.startswith("Cable <ordered>\nsee B\n\nana, through Deskwatch [dw-")


def test_another_note_under_the_same_code_is_refused_and_does_not_vanish_in_silence(tmp_path: Path) -> None:
    with breached(tmp_path, note=True) as (watch, id_):
        assert ask_for_a_note(watch, id_) == ""
        watch.start()
        watch.run(seconds=10)
        assert ask_for_a_note(watch, id_) == "", "the same one is there"
        with pytest.raises(CodeReusedError, match="was given another note with this code"):
            writes_of(watch).note(str(id_), "No cable.", "ana", "note-7", now=watch.clock.wall())
        assert len([text for text in notes(watch, id_) if "able" in text]) == 1


def test_notes_are_refused_where_they_are_not_allowed(tmp_path: Path) -> None:
    with breached(tmp_path) as (watch, id_), pytest.raises(SourceError, match=r"write_back\.note is false"):
        writes_of(watch).note(str(id_), "Hello", "ana", "note-7", now=watch.clock.wall())


@pytest.mark.parametrize("more", ["", "x" * 19_978], ids=["short", "the longest"])
def test_a_note_in_the_inbox_about_a_ticket_of_the_helpdesk_is_written_there_once(
    tmp_path: Path, more: str
) -> None:
    with breached(tmp_path, note=True) as (watch, id_):
        path = watch.home.config / "sources.yaml"
        path.write_text(
            json.dumps({**json.loads(path.read_text("utf-8")), "own": {"kind": "local"}}), "utf-8"
        )
        watch.start()
        inbox = Inbox(watch.home.tickets / ".inbox")
        watch.desk.faults.add("note", lost_answer())
        name = inbox.drop(
            {"op": "note", "id": f"fs-{id_}", "by": "ana", "text": "The cable is ordered." + more}
        )
        watch.run(minutes=3)
        (said,) = [text for text in notes(watch, id_) if "cable" in text]
        assert said.startswith(f"The cable is ordered.{more}\n\nana, through Deskwatch [dw-")
        outcome = inbox.outcome(name)
        assert outcome is not None
        assert (outcome.ok, outcome.ticket) == (True, f"fs-{id_}")


@pytest.mark.parametrize(
    "spoilt", ["", "{", '{"schema": 1, "writes": 7}', '{"schema": 1, "writes": {"a": {}}}']
)
def test_a_spoilt_memory_of_writes_stops_nothing(tmp_path: Path, spoilt: str) -> None:
    with breached(tmp_path) as (watch, id_):
        (watch.home.state / "writes").mkdir(exist_ok=True)
        (watch.home.state / "writes" / "fs.json").write_text(spoilt, "utf-8")
        watch.start()
        miss_the_deadline(watch)
        assert (priority(watch, id_), len(notes(watch, id_))) == (HIGH, 1)


def test_three_months_of_a_big_desk_are_remembered(tmp_path: Path) -> None:
    now, path = datetime(2026, 3, 10, tzinfo=UTC), tmp_path / "fs.json"
    ledger = Ledger(path)
    for id_ in range(10_000):
        name = f"raise {id_} resolution 2026-03-09T10:00:00Z"
        ledger.entries[name] = Entry(
            kind="priority", ticket=str(id_), at=now, state="done", from_="medium", to="high"
        )
    ledger.save(now=now)
    assert Ledger(path).entries == ledger.entries


def test_what_cannot_be_remembered_is_not_written_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise StoreError("cannot write state/writes/fs.json: the disk is full")

    with breached(tmp_path) as (watch, id_):
        with monkeypatch.context() as disk:
            disk.setattr("deskwatch.write_ledger.write_atomic", full)
            miss_the_deadline(watch)
            assert (priority(watch, id_), notes(watch, id_)) == (MEDIUM, [])
            assert "the disk is full" in watch.beat()["writes"]["problem"]
        watch.run(minutes=2)
        assert (priority(watch, id_), len(notes(watch, id_))) == (HIGH, 1)
