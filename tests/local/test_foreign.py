"""Commands for tickets of other helpdesks, and several sources of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch.core.ticket import Priority, Ticket
from deskwatch.local.shelf import Shelf
from deskwatch.local.source import LocalSource
from deskwatch.pager.inbox import Inbox as Wishes
from deskwatch.sources.source import SourceError
from deskwatch.sources.write_back import CodeReusedError
from deskwatch.store.errors import StoreError
from tests.local.own_desk import OwnDesk

LINK = "https://acme.freshservice.com/a/tickets/17"
REMOTE = Ticket(key="fs-17", source="fs", id="17", number="INC-17", url=LINK, subject="Elsewhere")


@pytest.fixture
def desk(tmp_path: Path) -> OwnDesk:
    """A desk on whose wall there is a ticket of another helpdesk, too."""
    desk = OwnDesk(tmp_path).poll()
    desk.folder.write([REMOTE])
    return desk


@pytest.mark.parametrize(
    ("op", "more"),
    [
        ("update", {"fields": {"priority": "low"}}),
        ("assign", {"fields": {"agent": "ben"}}),
        ("note", {"text": "x"}),
        ("resolve", {}),
        ("delete", {}),
    ],
)
def test_a_ticket_of_another_helpdesk_is_changed_there(desk: OwnDesk, op: str, more: dict[str, Any]) -> None:
    outcome = desk.say(op, "fs-17", **more)
    assert (outcome.ok, outcome.code, outcome.ticket, outcome.link) == (False, "foreign", "fs-17", LINK)
    assert outcome.reason == "INC-17 lives in fs, not here; change it there"
    assert desk.ticket("fs-17") == REMOTE


def test_alerts_about_any_ticket_can_be_taken(desk: OwnDesk) -> None:
    assert desk.say("ack", "fs-17", by="ben").ok
    (wish,) = Wishes(desk.home.state / "inbox").wishes()
    assert (wish.text("ticket"), wish.by) == ("fs-17", "ben")
    assert [(row.field, row.by) for row in desk.history("fs-17")] == [("ack", "ben")]


def test_a_round_that_stops_half_way_keeps_who_took_an_alert(
    desk: OwnDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = desk.drop("ack", "fs-17", by="ben"), desk.drop("create", fields={"subject": "x"})

    def full(*_: Any, **__: Any) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Shelf, "next_id", full)
        desk.poll()
    desk.later(minutes=5)
    assert [desk.inbox.outcome(name) is not None for name in (first, second)] == [True, True]
    assert [(row.field, row.by) for row in desk.history("fs-17")] == [("ack", "ben")]


class Pen:
    """A helpdesk that takes notes. ``trouble`` is raised by the next ones."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, str]] = []
        self.trouble: SourceError | None = None

    def note(self, id_: str, text: str, by: str, code: str, *, now: datetime) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.notes.append((id_, text, by))

    def set_priority(self, id_: str, priority: Priority, *, now: datetime) -> None: ...


@pytest.fixture
def pen(desk: OwnDesk, monkeypatch: pytest.MonkeyPatch) -> Pen:
    """What notes are written with, once the watcher has told the source."""
    pen = Pen()

    @contextmanager
    def writing(source: str) -> Iterator[Pen | None]:
        yield pen if source == "fs" else None

    monkeypatch.setattr(LocalSource, "hand_on_through", lambda self, _: None)
    desk.start()
    desk.watcher.poll(desk.now)
    source = desk.watcher._watched["desk"].source
    assert isinstance(source, LocalSource)
    source._foreign.writing = writing
    return pen


def test_a_note_is_handed_on_where_that_is_allowed(desk: OwnDesk, pen: Pen) -> None:
    assert desk.say("note", "fs-17", by="ben", text="Called them.").ok
    assert pen.notes == [("17", "Called them.", "ben")]
    assert [(row.field, row.new, row.by) for row in desk.history("fs-17")] == [
        ("note", "Called them.", "ben")
    ]


def test_a_note_waits_while_its_helpdesk_does_not_answer(desk: OwnDesk, pen: Pen) -> None:
    pen.trouble = SourceError("timeout", "no answer")
    name = desk.drop("note", "fs-17", text="Called them.")
    desk.poll()
    pen.trouble = None
    assert desk.later(seconds=5).inbox.outcome(name) is None
    assert pen.notes == []
    desk.later(seconds=30)
    assert len(pen.notes) == 1
    assert desk.inbox.outcome(name) is not None


def test_many_notes_for_a_helpdesk_that_hangs_cost_one_time_out_and_all_arrive(
    desk: OwnDesk, pen: Pen
) -> None:
    tries: list[str] = []

    def hang(id_: str, text: str, by: str, code: str, *, now: datetime) -> None:
        tries.append(text)
        raise SourceError("timeout", "no answer")

    taking, pen.note = pen.note, hang  # type: ignore[method-assign]
    names = [desk.drop("note", "fs-17", text=f"{number}") for number in range(5)]
    desk.poll()
    assert tries == ["0"]

    def choke(id_: str, text: str, by: str, code: str, *, now: datetime) -> None:
        if text in ("0", "1"):
            hang(id_, text, by, code, now=now)
        taking(id_, text, by, code, now=now)

    pen.note = choke  # type: ignore[method-assign]
    for _ in range(30):
        desk.later(seconds=5)
    assert [text for _, text, _ in pen.notes] == ["2", "3", "4"]
    pen.note = taking  # type: ignore[method-assign]
    desk.later(minutes=10)
    assert all(desk.inbox.outcome(name) is not None for name in names)
    assert len(pen.notes) == 5


@pytest.mark.parametrize(
    ("kind", "code", "link"),
    [("config", "foreign", LINK), ("not_found", "not_found", LINK), ("forbidden", "conflict", LINK)],
)
def test_a_note_that_its_helpdesk_refuses_is_rejected(
    desk: OwnDesk, pen: Pen, kind: Any, code: str, link: str
) -> None:
    pen.trouble = SourceError(kind, "it does not want that")
    outcome = desk.say("note", "fs-17", text="x")
    assert (outcome.ok, outcome.code, outcome.link) == (False, code, link)


def test_another_note_under_a_used_key_is_rejected(desk: OwnDesk, pen: Pen) -> None:
    pen.trouble = CodeReusedError("config", "another note")
    outcome = desk.say("note", "fs-17", text="x", idempotency_key="k")
    assert (outcome.code, outcome.ticket) == ("key_reused", "fs-17")
    assert "another note for fs had this idempotency_key before" in outcome.reason


def test_two_desks_of_our_own_share_one_inbox(tmp_path: Path) -> None:
    sources = {"desk": {"kind": "local"}, "lab": {"kind": "local", "id_prefix": "LAB", "digits": 2}}
    desk = OwnDesk(tmp_path, sources=sources)
    assert desk.say("create", source="lab", fields={"subject": "x"}).number == "LAB-01"
    assert desk.say("create", source="desk", fields={"subject": "x"}).number == "NDB-0001"
    assert "source: is missing; say which of desk, lab" in desk.say("create", fields={"subject": "x"}).reason
    assert desk.say("note", "LAB-01", text="x").ticket == "lab-1"
    assert desk.say("note", "lab-1", text="x").ok
    assert "1 may be of desk or lab" in desk.say("note", "1", text="x").reason
    assert desk.say("note", "1", source="desk", text="x").ticket == "desk-1"
    assert desk.say("note", "nowhere-1", text="x").code == "not_found"
    assert desk.inbox.is_empty()


def test_a_new_prefix_leaves_old_numbers_as_they_are(tmp_path: Path) -> None:
    desk = OwnDesk(tmp_path)
    desk.make()
    desk.sources = {"desk": {"kind": "local", "id_prefix": "IT"}}
    desk.configure()
    desk.now += timedelta(minutes=1)
    desk.start()
    assert desk.make().number == "IT-0002"
    assert desk.say("note", "desk-1", text="x").number == "NDB-0001"
    assert desk.say("note", "NDB-0001", text="x").number == "NDB-0001"
