"""Tickets of our own through the watcher: commands go in as files, tickets come out as files."""

from pathlib import Path

import pytest

from tests.local.own_desk import OwnDesk


@pytest.fixture
def desk(tmp_path: Path) -> OwnDesk:
    """A watcher with nothing but tickets of its own."""
    return OwnDesk(tmp_path)


def test_a_command_makes_a_ticket_with_a_number(desk: OwnDesk) -> None:
    outcome = desk.say("create", fields={"subject": "The printer is out", "priority": "high"})
    assert outcome.ok
    assert (outcome.ticket, outcome.number) == ("desk-1", "NDB-0001")
    ticket = desk.ticket("desk-1")
    assert (ticket.subject, ticket.priority, ticket.status.name) == ("The printer is out", "high", "Open")
    assert desk.inbox.is_empty()


def test_a_note_is_kept_in_the_ticket(desk: OwnDesk) -> None:
    desk.make()
    assert desk.say("note", "NDB-0001", by="ben", text="Toner is ordered.").ok
    assert desk.ticket().extra["notes"] == [
        {"at": "2026-03-10T15:00:00Z", "by": "ben", "text": "Toner is ordered."}
    ]
