"""The life of tickets of our own, from the command that makes one to the archive and back."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from deskwatch.core import own_tickets
from deskwatch.core.ticket import Ticket
from tests.local.own_desk import OwnDesk


@pytest.fixture
def desk(tmp_path: Path) -> OwnDesk:
    """A watcher with nothing but tickets of its own."""
    return OwnDesk(tmp_path)


def told(desk: OwnDesk, key: str = "desk-1") -> list[tuple[str, str | None, str | None, str]]:
    """Field, old, new and who of every row of a ticket's history."""
    return [(row.field, row.old, row.new, row.by) for row in desk.history(key)]


def test_a_command_makes_a_ticket_with_a_number(desk: OwnDesk) -> None:
    outcome = desk.say("create", fields={"subject": "The printer is out", "priority": "high"})
    assert (outcome.ok, outcome.ticket, outcome.number) == (True, "desk-1", "NDB-0001")
    ticket = desk.ticket("desk-1")
    assert (ticket.subject, ticket.priority, ticket.status.name) == ("The printer is out", "high", "Open")
    assert ticket.created_at == ticket.status_since == desk.now
    assert desk.inbox.is_empty()


def test_a_ticket_goes_through_its_life(desk: OwnDesk) -> None:
    desk.make(requester="Mia <mia@example.com>", client="Acme")
    desk.now = desk.now.replace(hour=16)
    assert desk.say("assign", "NDB-0001", fields={"agent": "ben"}).ok
    assert desk.say("update", "ndb-1", by="ben", fields={"status": "In Progress"}).ok
    desk.now = desk.now.replace(hour=17)
    assert desk.say("note", "1", by="ben", text="Toner is ordered.").ok
    ticket = desk.ticket()
    assert (ticket.status.name, ticket.phase, ticket.agent and ticket.agent.name) == (
        "In progress",
        "open",
        "ben",
    )
    assert (ticket.requester and ticket.requester.email, ticket.client and ticket.client.id) == (
        "mia@example.com",
        "acme",
    )
    assert ticket.first_responded_at == ticket.agent_responded_at == ticket.noted_at == desk.now
    assert ticket.status_since == ticket.assigned_since == desk.now.replace(hour=16)
    assert ticket.extra["notes"] == [{"at": "2026-03-10T17:00:00Z", "by": "ben", "text": "Toner is ordered."}]
    desk.now = desk.now.replace(hour=18)
    assert desk.say("resolve", "desk-1", by="ben", text="Changed the toner.").ok
    assert desk.tickets() == {}
    over = desk.archived()
    assert (over["phase"], over["resolved_at"]) == ("resolved", "2026-03-10T18:00:00Z")
    assert [note["text"] for note in over["notes"]] == ["Toner is ordered.", "Changed the toner."]


def test_every_change_is_kept_with_who_and_what_it_was(desk: OwnDesk) -> None:
    desk.make(agent="ben")
    desk.say("assign", "NDB-0001", by="mia", fields={"agent": "ana"})
    desk.say("update", "NDB-0001", by="ana", fields={"priority": "urgent", "tags": ["toner"]})
    desk.say("note", "NDB-0001", by="ana", text="On its way.")
    desk.say("ack", "NDB-0001", by="ben")
    desk.say("resolve", "NDB-0001", by="ana")
    rows = told(desk)
    for row in [
        ("created", None, "The printer is out", "ana"),
        ("agent", "ben", "ana", "mia"),
        ("priority", "medium", "urgent", "ana"),
        ("tags", None, "toner", "ana"),
        ("note", None, "On its way.", "ana"),
        ("ack", None, None, "ben"),
        ("status", "Open", "Resolved", "ana"),
        ("archived", None, "resolved", "ana"),
    ]:
        assert rows.count(row) == 1
    assert [row[0] for row in rows].count("archived") == 1


def test_several_commands_of_one_round_keep_who_said_what(desk: OwnDesk) -> None:
    desk.drop("create", by="mia", fields={"subject": "x"})
    desk.drop("assign", "NDB-0001", by="ana", fields={"agent": "ben"})
    desk.drop("assign", "NDB-0001", by="ben", fields={"agent": "ana"})
    desk.drop("resolve", "NDB-0001", by="ana", text="Done.")
    desk.poll()
    assert desk.inbox.is_empty()
    assert desk.archived()["agent"]["name"] == "ana"
    agents = [row for row in told(desk) if row[0] == "agent"]
    assert agents == [("agent", None, "ben", "ana"), ("agent", "ben", "ana", "ben")]
    assert ("archived", None, "resolved", "ana") in told(desk)


def test_several_commands_of_one_round_leave_the_same_stamps_as_several_rounds(desk: OwnDesk) -> None:
    desk.make(agent="mia")
    desk.drop("assign", "NDB-0001", at="2026-03-10T15:00:10Z", fields={"agent": "ben"})
    desk.drop("assign", "NDB-0001", at="2026-03-10T15:00:20Z", fields={"agent": "ana"})
    desk.drop("update", "NDB-0001", at="2026-03-10T15:00:30Z", fields={"status": "On hold"})
    desk.drop("update", "NDB-0001", at="2026-03-10T15:00:40Z", fields={"status": "Open"})
    desk.later(minutes=5)
    ticket = desk.ticket()
    assert ticket.previous_agent is not None
    assert ticket.previous_agent.name == "ben"
    assert [(str(phase), since.second) for phase, since in ticket.phases] == [
        ("open", 0),
        ("on_hold", 30),
        ("open", 40),
    ]
    assert ticket.assigned_since == desk.now.replace(minute=0, second=20)


def test_a_resolved_ticket_is_reopened_by_its_status(desk: OwnDesk) -> None:
    desk.make()
    desk.say("note", "NDB-0001", text="Looked at it.")
    desk.say("resolve", "NDB-0001")
    assert "reopen it first" in desk.say("note", "NDB-0001", text="Again.").reason
    desk.now = desk.now.replace(day=12)
    assert desk.say("update", "NDB-0001", by="mia", fields={"status": "open"}).ok
    ticket = desk.ticket()
    assert (ticket.phase, ticket.resolved_at, ticket.reopened_at) == ("open", None, desk.now)
    assert [str(phase) for phase, _ in ticket.phases] == ["open", "resolved", "open"]
    assert len(ticket.extra["notes"]) == 1
    assert list((desk.home.tickets / "archive").glob("*/*.json")) == []


def test_a_deleted_ticket_lies_in_the_archive_with_who_and_why(desk: OwnDesk) -> None:
    desk.make()
    assert desk.say("delete", "NDB-0001", by="ben", text="A duplicate of NDB-0002").ok
    assert desk.tickets() == {}
    assert desk.archived()["archive_reason"] == "deleted by ben: A duplicate of NDB-0002"
    outcome = desk.say("note", "NDB-0001", text="x")
    assert (outcome.code, outcome.reason) == (
        "not_found",
        "NDB-0001 was deleted by ben: A duplicate of NDB-0002",
    )
    assert desk.make().number == "NDB-0002"


def test_a_resolved_ticket_is_deleted_where_it_is(desk: OwnDesk) -> None:
    desk.make()
    assert desk.say("resolve", "NDB-0001", text="New toner.").ok
    desk.later(days=40)
    assert desk.say("delete", "NDB-0001", by="ben", text="Mia asked for it").ok
    assert desk.tickets() == {}, "it was not reopened for that"
    assert desk.archived()["archive_reason"] == "deleted by ben: Mia asked for it"
    assert [(row.new, row.by) for row in desk.history() if row.field == "archived"] == [
        ("resolved", "ana"),
        ("deleted by ben: Mia asked for it", "ben"),
    ]
    assert desk.say("update", "NDB-0001", fields={"status": "Open"}).code == "not_found"
    assert desk.say("delete", "NDB-0001").code == "not_found"


def test_a_ticket_is_resolved_and_deleted_in_one_round(desk: OwnDesk) -> None:
    desk.make()
    names = [desk.drop("resolve", "NDB-0001"), desk.drop("delete", "NDB-0001", by="ben")]
    desk.poll()
    outcomes = [desk.inbox.outcome(name) for name in names]
    assert [each and each.ok for each in outcomes] == [True, True]
    assert desk.archived()["archive_reason"] == "deleted by ben"


def test_fields_are_cleared_by_null_and_kept_when_not_named(desk: OwnDesk) -> None:
    desk.make(agent="ben", client="Acme", resolution_due_at="2026-03-11T12:00:00+01:00")
    desk.say("update", "NDB-0001", fields={"agent": None, "resolution_due_at": None, "category": "Hardware"})
    ticket = desk.ticket()
    assert (ticket.agent, ticket.resolution_due_at, ticket.category) == (None, None, "Hardware")
    assert ticket.client is not None


@pytest.mark.parametrize("key", ["mail-4711", None])
def test_a_command_that_comes_twice_is_applied_once(desk: OwnDesk, key: str | None) -> None:
    command = {"op": "create", "by": "ana", "fields": {"subject": "x"}}
    if key:
        command["idempotency_key"] = key
    for place in ("same.json", "same.json", "same.json"):
        (desk.inbox.folder).mkdir(parents=True, exist_ok=True)
        (desk.inbox.folder / place).write_text(json.dumps(command), "utf-8")
        desk.poll()
        outcome = desk.inbox.outcome(place)
        assert outcome is not None
        assert (outcome.ok, outcome.ticket) == (True, "desk-1")
    assert len(desk.tickets()) == 1
    assert len([row for row in told(desk) if row[0] == "created"]) == 1


def test_twins_of_one_round_and_of_a_time_after_the_archive_are_applied_once(desk: OwnDesk) -> None:
    for _ in range(3):
        desk.drop("create", fields={"subject": "x"}, idempotency_key="a")
    desk.poll()
    assert list(desk.tickets()) == ["NDB-0001"]
    desk.say("resolve", "NDB-0001", idempotency_key="b")
    assert desk.say("resolve", "NDB-0001", idempotency_key="b").ok
    desk.start()
    assert desk.say("create", fields={"subject": "x"}, idempotency_key="a").ticket == "desk-1"
    assert desk.tickets() == {}


def test_another_content_under_the_same_name_is_another_command(desk: OwnDesk) -> None:
    desk.poll()
    for subject in ("Stock is low", "Stock is lower"):
        command = {"op": "create", "by": "cron", "fields": {"subject": subject}}
        (desk.inbox.folder / "stock.json").write_text(json.dumps(command), "utf-8")
        desk.poll()
    assert sorted(t.subject for t in desk.tickets().values()) == ["Stock is low", "Stock is lower"]


def test_another_command_under_a_used_key_is_rejected_and_changes_nothing(desk: OwnDesk) -> None:
    desk.make()
    desk.make("The lift is stuck")
    assert desk.say("note", "NDB-0001", text="On it.", idempotency_key="k").ok
    before = desk.tickets()
    others: tuple[tuple[str, str | None, dict[str, Any]], ...] = (
        ("note", "NDB-0001", {"text": "Done."}),
        ("note", "NDB-0002", {"text": "On it."}),
        ("resolve", "NDB-0001", {"text": "On it."}),
        ("create", None, {"fields": {"subject": "x"}}),
    )
    for op, id_, more in others:
        outcome = desk.say(op, id_, idempotency_key="k", **more)
        assert (outcome.ok, outcome.code, outcome.ticket) == (False, "key_reused", "desk-1")
        assert "NDB-0001 has had another command with this idempotency_key" in outcome.reason
    assert desk.tickets() == before
    again = desk.say("note", "ndb-1", text="On it.", idempotency_key="k", at=desk.now.isoformat())
    assert again.ok, "it may be called and dated otherwise"


def test_two_commands_of_one_round_under_one_key_are_told_apart(desk: OwnDesk) -> None:
    names = [desk.drop("create", fields={"subject": s}, idempotency_key="a") for s in ("x", "x", "y")]
    desk.poll()
    outcomes = [desk.inbox.outcome(name) for name in names]
    assert sorted(each.code for each in outcomes if each) == ["done", "done", "key_reused"]
    assert len(desk.tickets()) == 1


def test_a_command_that_was_applied_by_an_older_version_is_answered_as_the_first_time(desk: OwnDesk) -> None:
    desk.make()
    desk.say("note", "NDB-0001", text="On it.", idempotency_key="k")
    ticket = desk.ticket()
    marks = [mark.partition(".")[0] for mark in ticket.extra["applied"]]
    desk.folder.write([ticket.with_(extra={**ticket.extra, "applied": marks})])
    desk.start()
    assert desk.say("note", "NDB-0001", text="Something else", idempotency_key="k").ok
    assert len(desk.ticket().extra["notes"]) == 1


def test_a_ticket_remembers_its_last_commands_and_applies_an_older_one_again(
    desk: OwnDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_tickets, "MOST_APPLIED", 3)
    desk.make()
    for n in range(3):
        desk.say("note", "NDB-0001", text=f"{n}", idempotency_key=f"{n}")
    assert desk.say("note", "NDB-0001", text="0", idempotency_key="0").ok
    assert len(desk.ticket().extra["notes"]) == 3
    desk.say("note", "NDB-0001", text="3", idempotency_key="3")
    assert desk.say("note", "NDB-0001", text="0", idempotency_key="0").ok
    assert [note["text"] for note in desk.ticket().extra["notes"]] == ["0", "1", "2", "3", "0"]


def test_losing_state_loses_nothing(desk: OwnDesk) -> None:
    desk.make()
    desk.say("note", "NDB-0001", text="Looked at it.", idempotency_key="n")
    before = desk.ticket()
    shutil.rmtree(desk.home.state)
    desk.start()
    desk.poll()
    assert desk.ticket() == before
    assert desk.say("note", "NDB-0001", text="Looked at it.", idempotency_key="n").ok
    assert len(desk.ticket().extra["notes"]) == 1


def test_tickets_come_back_with_their_source(desk: OwnDesk) -> None:
    desk.make()
    desk.make("Another")
    desk.say("resolve", "NDB-0002")
    desk.sources = {"lab": {"kind": "local", "id_prefix": "LAB"}}
    desk.configure()
    desk.later(minutes=5)
    assert desk.tickets() == {}
    desk.sources = {"desk": {"kind": "local"}}
    desk.configure()
    desk.later(minutes=5)
    assert list(desk.tickets()) == ["NDB-0001"]


def test_a_clock_that_is_set_back_stops_nobody(desk: OwnDesk) -> None:
    desk.make()
    desk.say("note", "NDB-0001", text="One.")
    desk.now = desk.now.replace(hour=3)
    desk.start()
    assert desk.say("note", "NDB-0001", text="Two.").ok
    assert desk.say("update", "NDB-0001", fields={"priority": "low"}).ok
    assert len(desk.ticket().extra["notes"]) == 2
    assert desk.ticket().priority == "low"
    assert desk.say("resolve", "NDB-0001").ok
    assert desk.say("update", "NDB-0001", fields={"status": "open"}).ok
    assert list(desk.tickets()) == ["NDB-0001"]


def test_something_done_while_the_watcher_was_away_has_its_own_time(desk: OwnDesk) -> None:
    desk.drop("create", at="2026-03-10T09:00:00+01:00", fields={"subject": "x"})
    desk.drop("note", "NDB-0001", at="2026-03-10T10:00:00Z", text="Called back.")
    desk.drop("resolve", "NDB-0001", at="2026-03-10T11:00:00Z")
    desk.poll()
    over = desk.archived()
    assert (over["created_at"], over["noted_at"], over["resolved_at"]) == (
        "2026-03-10T08:00:00Z",
        "2026-03-10T10:00:00Z",
        "2026-03-10T11:00:00Z",
    )


def test_what_the_requester_says_is_an_answer_and_no_explanation(desk: OwnDesk) -> None:
    desk.make(requester="Mia <mia@example.com>")
    desk.say("update", "NDB-0001", fields={"status": "Waiting on customer"})
    desk.now = desk.now.replace(hour=17)
    desk.say("note", "NDB-0001", by="mia@example.com", text="It works now.")
    ticket = desk.ticket()
    assert (ticket.status.name, ticket.phase) == ("Customer replied", "customer_replied")
    assert (ticket.requester_responded_at, ticket.noted_at) == (desk.now, None)


def test_a_ticket_with_very_many_notes_stays_readable(desk: OwnDesk) -> None:
    desk.make()
    for number in range(30):
        desk.drop("note", "NDB-0001", text=f"{number} " + "\N{SNOWMAN}" * 9_000)
    desk.poll()
    notes = desk.ticket().extra["notes"]
    assert [note["text"][:3] for note in notes] == ["24 ", "25 ", "26 ", "27 ", "28 ", "29 "]
    assert desk.ticket().extra["notes_dropped"] == 24
    assert len([row for row in told(desk) if row[0] == "note"]) == 30


def test_people_are_found_by_id_or_name(desk: OwnDesk) -> None:
    people: dict[str, Any] = {
        "people": {"ana": {"name": "Ana Example", "agents": ["4711"]}, "ben": {"email": "ben@example.com"}}
    }
    (desk.home.config / "people.yaml").write_text(json.dumps(people), "utf-8")
    (desk.home.config / "agents.yaml").write_text(
        json.dumps({"27": "Mia", "28": "Max", "29": "Max"}), "utf-8"
    )
    desk.start()
    for said, id_, name in [
        ("ana", "4711", "Ana Example"),
        ("ANA EXAMPLE", "4711", "Ana Example"),
        ("ben@example.com", "ben", "ben"),
        ("27", "27", "Mia"),
        ("mia", "27", "Mia"),
    ]:
        agent = desk.make(agent=said).agent
        assert agent is not None
        assert (agent.id, agent.name) == (id_, name)
    assert "may be 28, 29; give the id" in desk.say("create", fields={"subject": "x", "agent": "max"}).reason
    outcome = desk.say("create", fields={"subject": "x", "agent": "Zoe"})
    assert outcome.ok
    assert outcome.reason == "Zoe is in neither config/people.yaml nor config/agents.yaml"


def test_clients_and_groups_are_one_however_they_are_spelled(desk: OwnDesk) -> None:
    desk.make(client={"id": "c7", "name": "Acme"}, group="First line")
    other = desk.make(client="ACME", group="first line")
    assert (other.client and other.client.id, other.group and other.group.name) == ("c7", "First line")


def test_two_people_of_one_name_stay_two(desk: OwnDesk) -> None:
    said = [
        "Mia <mia@acme.example>",
        "Mia <mia@beta.example>",
        "mia@beta.example",
        "Mia",
        {"id": "7", "name": "Mia"},
    ]
    asked = [desk.make(requester=who).requester for who in said]
    assert [who.id for who in asked if who] == [
        "mia@acme.example", "mia@beta.example", "mia@beta.example", "mia", "7",
    ]  # fmt: skip
    assert asked[2] is not None
    assert (asked[2].name, asked[2].email) == ("Mia", "mia@beta.example")


def test_an_idle_watcher_writes_nothing(desk: OwnDesk) -> None:
    desk.make()
    desk.later(minutes=1)
    before = {path: path.stat().st_mtime_ns for path in desk.home.tickets.rglob("*")}
    desk.later(minutes=1)
    assert {path: path.stat().st_mtime_ns for path in desk.home.tickets.rglob("*")} == before


def test_tickets_of_a_helpdesk_that_had_the_name_before_stay_in_the_archive(desk: OwnDesk) -> None:
    old = Ticket(key="desk-9", source="desk", id="9", number="INC-9", subject="Of a helpdesk")
    desk.folder.prepare(now=desk.now)
    desk.folder.write([old])
    desk.folder.archive("desk-9", reason="source desk is another account now", now=desk.now)
    assert desk.make().number == "NDB-0010"
    assert desk.say("update", "desk-9", fields={"status": "open"}).code == "not_found"
    assert list(desk.tickets()) == ["NDB-0010"]
