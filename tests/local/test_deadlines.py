"""Deadlines of tickets of our own: from the policies, through a breach, to the word that is owed for it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskwatch.core.board import Board, Section, place
from deskwatch.core.deadlines import dues_of
from deskwatch.core.escalating import effective, escalations_of
from deskwatch.core.match import Match
from deskwatch.core.sla import explanation_due
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.ticket import Priority, Ticket
from deskwatch.pager.inbox import Inbox as Wishes
from tests.local.own_desk import OwnDesk

SATURDAY = datetime(2026, 3, 7, 22, 0, tzinfo=UTC)
SLA = {
    "policies": [
        {
            "name": "urgent",
            "match": [{"priorities": ["urgent"]}],
            "first_response": "1h",
            "resolution": "2h",
            "measure": "working",
        },
        {"name": "normal", "first_response": "2h", "resolution": "8h", "measure": "working"},
    ],
    "escalate": {"on_breach": True},
}
HOURS = {"calendars": {"desk": {"zone": "UTC", "week": dict.fromkeys(("mon", "tue", "wed"), "08:00-17:00")}}}


@pytest.fixture
def desk(tmp_path: Path) -> OwnDesk:
    """A desk with policies that count working time; somebody makes a ticket on a Saturday night."""
    desk = OwnDesk(tmp_path, sla=SLA, hours=HOURS, now=SATURDAY)
    desk.make(priority="high", type="Service Request")
    return desk


def at(desk: OwnDesk, day: int, hour: int, minute: int = 0) -> OwnDesk:
    """The desk in that week."""
    desk.now = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
    return desk.poll()


def seen(desk: OwnDesk) -> Ticket:
    """The ticket as walls and alerts see it."""
    return effective(desk.ticket(), rules(desk), now=desk.now)


def rules(desk: OwnDesk) -> SlaRules:
    return desk.live.current.sla


def test_a_ticket_from_saturday_night_is_due_on_monday(desk: OwnDesk) -> None:
    first, resolution = dues_of(desk.ticket(), rules(desk))
    assert first is not None
    assert resolution is not None
    assert (first.at, resolution.at) == (
        datetime(2026, 3, 9, 10, tzinfo=UTC),
        datetime(2026, 3, 9, 16, tzinfo=UTC),
    )


def test_an_own_deadline_wins_over_the_policies(desk: OwnDesk) -> None:
    desk.say("update", "NDB-0001", fields={"resolution_due_at": "2026-03-09T09:00:00Z"})
    at(desk, 9, 9, 30)
    assert [step.at for step in escalations_of(desk.ticket(), rules(desk), now=desk.now)] == [
        datetime(2026, 3, 9, 9, tzinfo=UTC)
    ]


def test_a_note_is_the_first_response(desk: OwnDesk) -> None:
    at(desk, 9, 9).say("note", "NDB-0001", by="ben", text="Looking at it.")
    assert desk.ticket().first_responded_at == desk.now


def test_a_missed_deadline_raises_the_priority_and_asks_for_a_word(desk: OwnDesk) -> None:
    at(desk, 9, 15).say("note", "NDB-0001", by="ben", text="Still looking.")
    at(desk, 9, 17, 30)
    assert desk.ticket().priority is Priority.HIGH
    assert seen(desk).priority is Priority.URGENT
    assert seen(desk).resolution_due_at == datetime(2026, 3, 10, 9, tzinfo=UTC)
    assert explanation_due(desk.ticket(), rules(desk), now=desk.now) is not None
    board = Board(
        id="b", title="b", sections=(Section(id="owing", title="Owing", match=(Match(explanation=True),)),)
    )
    row = place(board, desk.ticket(), rules(desk), now=desk.now)
    assert row is not None
    assert row.section == "owing"

    refused = desk.say("resolve", "NDB-0001", by="ben")
    assert (refused.ok, refused.code) == (False, "conflict")
    assert "NDB-0001 missed its deadline, and a word about why is owed" in refused.reason
    refused = desk.say("update", "NDB-0001", by="ben", fields={"status": "Closed"})
    assert refused.code == "conflict"
    assert desk.ticket().phase == "open"

    assert desk.say("note", "NDB-0001", by="ben", text="The part came late.").ok
    assert explanation_due(desk.ticket(), rules(desk), now=desk.now) is None
    assert desk.say("resolve", "NDB-0001", by="ben").ok
    assert desk.archived()["noted_at"] == "2026-03-09T17:30:00Z"


def test_the_text_of_a_resolve_is_the_word(desk: OwnDesk) -> None:
    at(desk, 10, 12)
    assert not desk.say("resolve", "NDB-0001", by="ben", text="  ").ok
    assert desk.say("resolve", "NDB-0001", by="ben", text="The part came late.").ok
    assert desk.archived()["notes"][0]["text"] == "The part came late."


def test_the_requester_cannot_explain_for_us(desk: OwnDesk) -> None:
    desk.say("update", "NDB-0001", fields={"requester": "mia"})
    at(desk, 10, 12)
    desk.say("note", "NDB-0001", by="Mia", text="I am still waiting.")
    assert not desk.say("resolve", "NDB-0001", by="ben").ok
    assert not desk.say("resolve", "NDB-0001", by="mia", text="Never mind.").ok


def test_whoever_works_on_a_ticket_of_their_own_can_explain_it(desk: OwnDesk) -> None:
    desk.say("update", "NDB-0001", fields={"requester": "ben"})
    at(desk, 10, 12)
    refused = desk.say("resolve", "NDB-0001", by="ben", text="The part came late.")
    assert "the words of ben, who asks for it, are none" in refused.reason
    desk.say("assign", "NDB-0001", by="mia", fields={"agent": "ben"})
    assert desk.say("resolve", "NDB-0001", by="ben", text="The part came late.").ok


def test_another_deadline_does_not_do_away_with_the_word_that_is_owed(desk: OwnDesk) -> None:
    at(desk, 10, 12)
    later = {"resolution_due_at": "2027-01-01T00:00:00Z"}
    assert desk.say("update", "NDB-0001", by="ben", fields=later).code == "conflict"
    assert desk.say("update", "NDB-0001", by="ben", fields={"tags": ["part"]}).ok
    assert desk.say("update", "NDB-0001", by="ben", fields=later, text="The part comes in January.").ok


def test_a_desk_may_do_without_explanations(desk: OwnDesk) -> None:
    desk.sources = {"desk": {"kind": "local", "explain_before_resolving": False}}
    desk.configure()
    desk.start()
    assert at(desk, 10, 12).say("resolve", "NDB-0001", by="ben").ok


def test_an_ack_reaches_the_notifier(desk: OwnDesk) -> None:
    assert desk.say("ack", "NDB-0001", by="ben").ok
    (wish,) = Wishes(desk.home.state / "inbox").wishes()
    assert (wish.operation, wish.text("ticket"), wish.by) == ("ack", "desk-1", "ben")
    assert [row.by for row in desk.history() if row.field == "ack"] == ["ben"]
